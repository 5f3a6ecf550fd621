/**
 * @file Cached causal forward: keys, values and the convolution's last inputs of what was already read. Shapes never
 * change, so no step allocates more than its own rows.
 */
import {
  add,
  cachedAttention,
  cacheWrite,
  concat,
  dispose,
  fusedBlocks,
  gatherRows,
  hasFusedBlocks,
  keep,
  linear,
  reshape,
  rmsNorm,
  rope,
  shortConvolution,
  slice,
  type Tensor,
  tidy,
  zeros,
} from '@trivium/engine'
import type { BackboneConfig } from '@trivium/schema'
import { cachedRopeTables, mlp } from './forward.ts'
import type { BackboneParams, BlockParams } from './params.ts'

type BlockCache = { k: Tensor; v: Tensor /** [B, W, D], null without convolution */; history: Tensor | null }

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

/**
 * Reads `queries` further positions of each row: x [B·Lq, D] → [B·Lq, D], final RMSNorm included; equal to the same
 * rows of the uncached forward. Advances the cache.
 */
export function cachedForward(
  params: BackboneParams,
  config: BackboneConfig,
  x: Tensor,
  cache: KvCache,
): Tensor {
  const queries = x.shape[0] / cache.batch
  if (cache.position + queries > cache.maxLength)
    throw new Error(
      `the KV cache holds ${cache.maxLength} positions; ${cache.position} + ${queries} do not fit`,
    )
  const out = tidy(() => {
    if (hasFusedBlocks())
      return fusedBlocks(
        x,
        params.blocks,
        params.finalNorm,
        cachedRopeTables(config),
        { batch: cache.batch, length: queries, heads: config.heads, attention: 'causal' },
        cache,
      )
    let h = x
    params.blocks.forEach((block, i) => {
      h = add(h, mixCached(block, config, rmsNorm(h, block.attentionNorm), cache, i, queries))
      h = add(h, mlp(block, rmsNorm(h, block.mlpNorm)))
    })
    return rmsNorm(h, params.finalNorm)
  })
  cache.position += queries
  return out
}

function mixCached(
  block: BlockParams,
  config: BackboneConfig,
  n: Tensor,
  cache: KvCache,
  index: number,
  queries: number,
): Tensor {
  const { batch, position } = cache
  const held = cache.blocks[index]
  const tables = cachedRopeTables(config)
  const rows = { batch, length: queries, heads: config.heads, offset: position }
  const input =
    block.convolution === undefined ? n : convolveCached(n, block.convolution, held, batch, queries)
  const q = rope(linear(input, block.query), tables, rows)
  held.k = keep(cacheWrite(held.k, rope(linear(input, block.key), tables, rows), position))
  held.v = keep(cacheWrite(held.v, linear(input, block.value), position))
  const mixed = cachedAttention(q, held.k, held.v, { batch, queries, position, heads: config.heads })
  return linear(mixed, block.output)
}

/** The causal convolution continued: its last inputs come first, and are replaced. */
function convolveCached(n: Tensor, taps: Tensor, held: BlockCache, batch: number, queries: number): Tensor {
  const history = held.history as Tensor
  const [, w, d] = history.shape as [number, number, number]
  const joined = concat([history, reshape(n, [batch, queries, d])], 1) // [B, W+Lq, D]
  held.history = keep(slice(joined, [0, queries, 0], [batch, w, d]))
  dispose(history)
  const all = shortConvolution(reshape(joined, [batch * (w + queries), d]), taps, {
    batch,
    length: w + queries,
    direction: 'causal',
  })
  return reshape(slice(reshape(all, [batch, w + queries, d]), [0, w, 0], [batch, queries, d]), [
    batch * queries,
    d,
  ])
}
