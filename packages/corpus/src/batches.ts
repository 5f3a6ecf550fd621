/** @file Token streams cut into batches. A batch is a pure function of (tokens, seed, batch index): resuming needs the index alone. */
import { createRng } from '@trivium/random'
import { InputError } from '@trivium/schema'

/** Rows of tokens; structurally the `TokenBatch` of the language-model package. */
export type Batch = {
  /** Row-major [batch, length]. */
  readonly tokens: Int32Array
  readonly batch: number
  readonly length: number
}

export type BatcherOptions = {
  readonly tokens: Int32Array
  /** Rows B of a batch. */
  readonly batchSize: number
  /** Tokens L of a row. */
  readonly length: number
  readonly seed: number
}

export type Batcher = {
  /** Batch number `index` (0, 1, …). */
  batch(index: number): Batch
  /** Rows of one pass over the stream; a batch may begin in one epoch and end in the next. */
  readonly rowsPerEpoch: number
}

/**
 * Each epoch shifts the stream by a random phase, cuts it into blocks of L that do not overlap, and visits them in a
 * random order; so every block boundary is met over time, and every model with one seed sees one order.
 * @throws InputError when the stream is shorter than one row
 */
export function createBatcher({ tokens, batchSize, length, seed }: BatcherOptions): Batcher {
  checkStream(tokens, length)
  checkCount('batchSize', batchSize)
  // The same number of blocks fits behind every phase, so a row number gives its epoch without a search.
  const rowsPerEpoch = Math.max(1, Math.floor((tokens.length - length + 1) / length))
  const phases = Math.min(length, tokens.length - rowsPerEpoch * length + 1)
  const root = createRng(seed).fork('batches')
  const epochs = new Map<number, { phase: number; order: Uint32Array }>()
  const epochOf = (epoch: number): { phase: number; order: Uint32Array } => {
    const known = epochs.get(epoch)
    if (known) return known
    const rng = root.fork(epoch)
    const drawn = {
      phase: rng.fork('phase').integer(phases),
      order: rng.fork('order').permutation(rowsPerEpoch),
    }
    if (epochs.size >= 2) epochs.clear()
    epochs.set(epoch, drawn)
    return drawn
  }
  return {
    rowsPerEpoch,
    batch(index) {
      if (!Number.isSafeInteger(index) || index < 0)
        throw new InputError(`batch index ${index} is not 0, 1, 2, …`)
      const out = new Int32Array(batchSize * length) // [B, L]
      for (let b = 0; b < batchSize; b++) {
        const row = index * batchSize + b
        const { phase, order } = epochOf(Math.floor(row / rowsPerEpoch))
        const start = phase + order[row % rowsPerEpoch] * length
        out.set(tokens.subarray(start, start + length), b * length)
      }
      return { tokens: out, batch: batchSize, length }
    },
  }
}

/**
 * First tokens of up to `count` rows of `length` tokens, evenly spread over the stream without overlap; fewer when fewer
 * fit.
 * @throws InputError when the stream is shorter than one row
 */
export function heldOutStarts(tokens: Int32Array, length: number, count: number): number[] {
  checkStream(tokens, length)
  checkCount('count', count)
  const rows = Math.min(count, Math.floor(tokens.length / length))
  return Array.from({ length: rows }, (_, i) => Math.floor((i * tokens.length) / rows))
}

function checkStream(tokens: Int32Array, length: number): void {
  checkCount('length', length)
  if (tokens.length < length)
    throw new InputError(
      `the text has ${tokens.length} tokens, less than one row of ${length}; use a longer text or a smaller length`,
    )
}

function checkCount(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InputError(`${name} ${value} is not a positive integer`)
}
