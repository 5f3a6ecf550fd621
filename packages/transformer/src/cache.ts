/**
 * @file The life of a KV cache: keys, values and the convolution's last inputs of what was already read. Shapes never
 * change, so no step allocates more than its own rows.
 */
import { type BlockCache, dispose, gatherRows, keep, type Tensor, tidy, zeros } from '@trivium/engine'
import type { BackboneConfig } from '@trivium/schema'

/** A preallocated KV cache of one batch. Call `dispose` when done. */
export type KvCache = {
  readonly batch: number
  readonly maxLength: number /** rows already filled */
  position: number
  blocks: BlockCache[]
}

export function createKvCache(config: BackboneConfig, batch: number, maxLength: number): KvCache {
  return tidy(() => ({
    batch,
    maxLength,
    position: 0,
    blocks: Array.from({ length: config.depth }, () => ({
      k: keep(zeros([batch, maxLength, config.width])),
      v: keep(zeros([batch, maxLength, config.width])),
      history: config.convolution > 0 ? keep(zeros([batch, config.convolution, config.width])) : null,
    })),
  }))
}

export function disposeKvCache(cache: KvCache): void {
  for (const block of cache.blocks)
    dispose([block.k, block.v, ...(block.history === null ? [] : [block.history])])
}

/** The cache with only these rows of the batch; the old one is freed. */
export function selectCacheRows(cache: KvCache, rows: readonly number[]): KvCache {
  const pick = (x: Tensor): Tensor => keep(tidy(() => gatherRows(x, Int32Array.from(rows))))
  const blocks = cache.blocks.map(({ k, v, history }) => ({
    k: pick(k),
    v: pick(v),
    history: history === null ? null : pick(history),
  }))
  disposeKvCache(cache)
  return { batch: rows.length, maxLength: cache.maxLength, position: cache.position, blocks }
}
