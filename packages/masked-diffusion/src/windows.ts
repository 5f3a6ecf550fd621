/**
 * @file Decoding block by block with a model that sees the whole canvas: what lies outside of the block is read once a block and then
 * taken as it was (Fast-dLLM 2505.22618, prefix and dual caches). An approximation: the rest of the canvas would answer to what
 * is being written.
 */
import { tidy } from '@trivium/engine'
import type { BackboneConfig } from '@trivium/schema'
import {
  cachedTokenLogits,
  createKvCache,
  disposeKvCache,
  type TokenNetworkParams,
} from '@trivium/transformer'
import { readAndDispose } from './blocks.ts'

/** The canvases of a request's rows as they were last read. */
export type WindowSession = {
  /**
   * Reads a window of each of some rows: tokens [n, W] → logits [n·W·textSize]. What lies outside of it is seen as it was read last, so a
   * row is read whole first.
   */
  look(rows: readonly number[], position: number, tokens: Int32Array): Promise<Float32Array>
  dispose(): void
}

export type WindowDecoder = {
  open(rows: number, length: number): WindowSession
}

export function createWindowDecoder(
  params: () => TokenNetworkParams,
  backbone: BackboneConfig,
): WindowDecoder {
  return {
    open(rows, seen) {
      const cache = createKvCache(backbone, rows, seen)
      return {
        look(of, position, tokens) {
          const spans = of.map((row) => ({ row, position, length: tokens.length / of.length, seen }))
          const place = { cache, spans, attention: 'bidirectional' } as const
          return readAndDispose(tidy(() => cachedTokenLogits(params(), backbone, tokens, place)))
        },
        dispose: () => disposeKvCache(cache),
      }
    },
  }
}
