/** @file Example rows in batches. A batch is a pure function of (examples, seed, batch index), as for token streams. */
import { createRng } from '@trivium/random'
import type { Batch } from '../batches.ts'
import type { ExampleSet } from './example-set.ts'

/** A batch whose conditions are marked. */
export type ExampleBatch = Batch & { readonly given: Uint8Array }

export type ExampleBatcher = {
  /** Batch number `index` (0, 1, …). */
  batch(index: number): ExampleBatch
}

/** Rows of a task one after the other; those of a file in a new random order each epoch. */
export function createExampleBatcher(
  examples: ExampleSet,
  { batchSize, seed }: { readonly batchSize: number; readonly seed: number },
): ExampleBatcher {
  const rows = examples.count('train')
  const order = Number.isFinite(rows) ? epochOrder(rows, seed) : (row: number) => row
  const { length } = examples
  return {
    batch(index) {
      const tokens = new Int32Array(batchSize * length) // [B, L]
      const given = new Uint8Array(batchSize * length)
      for (let b = 0; b < batchSize; b++) {
        const row = examples.example('train', order(index * batchSize + b))
        tokens.set(row.tokens, b * length)
        given.set(row.given, b * length)
      }
      return { tokens, given, batch: batchSize, length }
    },
  }
}

/** Row number → row of the file; the order of the latest epoch is remembered. */
function epochOrder(rows: number, seed: number): (row: number) => number {
  const root = createRng(seed).fork('examples')
  let known: { epoch: number; order: Uint32Array } = { epoch: -1, order: new Uint32Array(0) }
  return (row) => {
    const epoch = Math.floor(row / rows)
    if (epoch !== known.epoch) known = { epoch, order: root.fork(epoch).permutation(rows) }
    return known.order[row % rows]
  }
}
