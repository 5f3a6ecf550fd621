/**
 * @file The life of a KV cache: keys, values and the convolution's inputs of what was already read. Shapes never change, so
 * no step allocates more than its own rows.
 */
import { type BlockCache, dispose, keep, tidy, zeros } from '@trivium/engine'
import type { BackboneConfig } from '@trivium/schema'

/** A preallocated KV cache of one batch. How far each row is filled, its user knows. Call `disposeKvCache` when done. */
export type KvCache = { readonly maxLength: number; readonly blocks: BlockCache[] }

export function createKvCache(config: BackboneConfig, batch: number, maxLength: number): KvCache {
  const { width, convolution } = config
  return tidy(() => ({
    maxLength,
    blocks: Array.from({ length: config.depth }, () => ({
      k: keep(zeros([batch, maxLength, width])),
      v: keep(zeros([batch, maxLength, width])),
      history: convolution > 0 ? keep(zeros([batch, convolution + maxLength, width])) : null,
    })),
  }))
}

export function disposeKvCache(cache: KvCache): void {
  for (const block of cache.blocks)
    dispose([block.k, block.v, ...(block.history === null ? [] : [block.history])])
}
