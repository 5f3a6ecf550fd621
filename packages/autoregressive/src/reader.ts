/** @file One forward of the rows in hand, whatever their lengths: from a KV cache, or over their whole text again. */
import { read, type Tensor, tidy } from '@trivium/engine'
import type { Decoding } from '@trivium/language-model'
import type { BackboneConfig } from '@trivium/schema'
import {
  cachedTokenLogits,
  createKvCache,
  disposeKvCache,
  type TokenNetworkParams,
  tokenLogits,
} from '@trivium/transformer'
import { inputLength, inputsFrom, type Writing } from './writing.ts'

export type Reader = {
  /** Reads what the rows hold → the logits [n·textSize] of their next tokens. Counts the forward. */
  read(rows: readonly Writing[]): Promise<Float32Array>
  dispose(): void
}

type Network = { readonly params: TokenNetworkParams; readonly backbone: BackboneConfig }

/** The first forward reads all leads, each later one what was written since. Rows that are left out cost nothing. */
export function cachedReader({ params, backbone }: Network, decoding: Decoding, longest: number): Reader {
  const cache = createKvCache(backbone, decoding.rows.length, longest)
  const done = decoding.rows.map(() => 0)
  return {
    async read(rows) {
      const inputs = rows.map((writing) => inputsFrom(writing, done[writing.row.index]))
      const spans = rows.map(({ row }, r) => ({
        row: row.index,
        position: done[row.index],
        length: inputs[r].length,
      }))
      const at = { cache, spans, attention: 'causal' } as const
      const logits = tidy(() => cachedTokenLogits(params, backbone, joined(inputs), at, 'last'))
      decoding.countForward(
        rows.map(({ row }) => row),
        spans.map(({ length }) => length),
      )
      for (const { row, position, length } of spans) done[row] = position + length
      return download(logits)
    },
    dispose: () => disposeKvCache(cache),
  }
}

/** The same without a cache: all that stands goes through the network for every token, short rows filled up. */
export function wholeReader({ params, backbone }: Network, decoding: Decoding): Reader {
  return {
    async read(rows) {
      const length = Math.max(...rows.map(inputLength))
      const tokens = new Int32Array(rows.length * length)
      rows.forEach((writing, r) => {
        tokens.set(inputsFrom(writing, 0), r * length)
      })
      const batch = { tokens, batch: rows.length, length }
      const places = rows.map((writing, r) => r * length + inputLength(writing) - 1)
      const logits = tidy(() => tokenLogits(params, backbone, batch, { attention: 'causal', rows: places }))
      decoding.countForward(
        rows.map(({ row }) => row),
        length,
      )
      return download(logits)
    },
    dispose: () => {},
  }
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
