/** @file One forward of the rows in hand, whatever their lengths: from a KV cache, or over their whole text again. */
import { gatherRows, read, type Tensor, tidy } from '@trivium/engine'
import type { Decoding } from '@trivium/language-model'
import { cachedTokenStates, createKvCache, disposeKvCache, tokenStates } from '@trivium/transformer'
import { allLogits, type Network } from './network.ts'
import { inputLength, inputsFrom, type Writing } from './writing.ts'

/** A row, and the tokens that are guessed to follow. */
export type Reading = { readonly writing: Writing; readonly draft: Int32Array }

export type Reader = {
  /**
   * Reads what the rows hold and their drafts → logits of what follows each row and each token of its draft, row after
   * row: [Σ(1 + drafted), (1 + k)·textSize], the main head first. Counts the forward.
   */
  read(readings: readonly Reading[]): Promise<Float32Array>
  dispose(): void
}

/**
 * The first forward reads all leads, each later one the last token of each row and its draft; what was read of a draft that
 * did not stand is written over. Rows that are left out cost nothing.
 * @param rows the cache has room for; `index` of a row is below it
 */
export function cachedReader(
  network: Network,
  decoding: Decoding,
  { rows, longest }: { readonly rows: number; readonly longest: number },
): Reader {
  const { params, backbone } = network
  const cache = createKvCache(backbone, rows, longest)
  const begun = new Set<number>()
  return {
    async read(readings) {
      const spans = readings.map(({ writing, draft }) => {
        const { index } = writing.row
        const position = begun.has(index) ? inputLength(writing) - 1 : 0
        begun.add(index)
        return { row: index, position, length: inputLength(writing) + draft.length - position }
      })
      const inputs = readings.map((reading, i) => inputsOf(reading, spans[i].position))
      const lengths = spans.map(({ length }) => length)
      const logits = tidy(() => {
        const h = cachedTokenStates(params, backbone, joined(inputs), { cache, spans, attention: 'causal' })
        return allLogits(params, lastOfEach(h, readings, lengths))
      })
      count(decoding, readings, lengths)
      return download(logits)
    },
    dispose: () => disposeKvCache(cache),
  }
}

/** The same without a cache: all that stands goes through the network for every token, short rows filled up. */
export function wholeReader(network: Network, decoding: Decoding): Reader {
  const { params, backbone } = network
  return {
    async read(readings) {
      const inputs = readings.map((reading) => inputsOf(reading, 0))
      const length = Math.max(...inputs.map((ids) => ids.length))
      const batch = { tokens: new Int32Array(readings.length * length), batch: readings.length, length }
      inputs.forEach((ids, r) => {
        batch.tokens.set(ids, r * length)
      })
      const starts = inputs.map((ids, r) => r * length + ids.length)
      const logits = tidy(() => {
        const h = tokenStates(params, backbone, batch, { attention: 'causal' })
        const wanted = readings.flatMap(({ draft }, r) =>
          Array.from({ length: draft.length + 1 }, (_, i) => starts[r] - draft.length - 1 + i),
        )
        return allLogits(params, gatherRows(h, wanted))
      })
      count(decoding, readings, length)
      return download(logits)
    },
    dispose: () => {},
  }
}

/** What the network reads of a row from place `start` on, its draft included. */
const inputsOf = ({ writing, draft }: Reading, start: number): Int32Array =>
  Int32Array.of(...inputsFrom(writing, start), ...draft)

function count(decoding: Decoding, readings: readonly Reading[], positions: number | number[]): void {
  decoding.countForward(
    readings.map(({ writing }) => writing.row),
    positions,
  )
}

/** Of rows of these lengths, one after the other in h, the states of the last position before the draft and of the draft. */
function lastOfEach(h: Tensor, readings: readonly Reading[], lengths: readonly number[]): Tensor {
  if (readings.every(({ draft }, r) => lengths[r] === draft.length + 1)) return h
  let end = 0
  return gatherRows(
    h,
    readings.flatMap(({ draft }, r) => {
      end += lengths[r]
      return Array.from({ length: draft.length + 1 }, (_, i) => end - draft.length - 1 + i)
    }),
  )
}

function joined(parts: readonly Int32Array[]): Int32Array {
  const all = new Int32Array(parts.reduce((n, part) => n + part.length, 0))
  let end = 0
  for (const part of parts) {
    all.set(part, end)
    end += part.length
  }
  return all
}

async function download(x: Tensor): Promise<Float32Array> {
  try {
    return await read(x)
  } finally {
    x.dispose()
  }
}
