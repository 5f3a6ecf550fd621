/** @file The forward pass of the blocks over rows [B·L, D], whole or continued from a KV cache. */
import { add, backbone, embedding, intTensor, type Tensor, tidy } from '@trivium/engine'
import type { BackboneConfig } from '@trivium/schema'
import type { KvCache } from './cache.ts'
import type { BackboneParams } from './params.ts'

export type ForwardShape = {
  readonly batch: number
  readonly length: number
  /**
   * block (BD3-LM 2503.09573): x has two halves [2·B·L, D], the noisy rows of the whole batch and then its clean text. A
   * position sees its own block of `blockLength` in its own half, and earlier blocks in the clean one.
   */
  readonly attention: 'causal' | 'bidirectional' | 'block'
  readonly blockLength?: number
}

/**
 * x [B·L, D] → [B·L, D], final RMSNorm included; with block attention both halves, [2·B·L, D].
 * @throws Error when L exceeds the context, or block attention has no block length.
 */
export function backboneForward(
  params: BackboneParams,
  config: BackboneConfig,
  x: Tensor,
  shape: ForwardShape,
): Tensor {
  return backbone(placed(params, x, shape.length), params, { ...shape, ...fixed(config) })
}

/**
 * Reads `queries` further positions of each row: x [B·Lq, D] → [B·Lq, D], final RMSNorm included; equal to the same
 * rows of the uncached forward. Advances the cache.
 * @throws Error when they do not fit.
 */
export function cachedForward(
  params: BackboneParams,
  config: BackboneConfig,
  x: Tensor,
  cache: KvCache,
): Tensor {
  const queries = x.shape[0] / cache.batch
  const shape = { batch: cache.batch, length: queries, attention: 'causal', ...fixed(config) } as const
  const out = tidy(() =>
    backbone(placed(params, x, queries, cache.position), params, shape, { ...cache, keep: true }),
  )
  cache.position += queries
  return out
}

/** One block of some rows of a cache, whose earlier blocks are in it. */
export type CachedBlock = {
  /** Rows of the cache, each at most once. */
  readonly rows: readonly number[]
  /** Where the block begins. */
  readonly position: number
  /** Whether the cache takes the block up: its text is finished. */
  readonly keep: boolean
}

/**
 * A block of each of n rows, its positions seeing one another and what the cache holds before them: x [n·S, D] → [n·S, D],
 * final RMSNorm included. Equal to that block in the uncached forward with block attention: of the clean half when x is
 * finished text, of the noisy half when it is not. Leaves `cache.position` alone.
 * @throws Error when it does not fit.
 */
export function cachedBlockForward(
  params: BackboneParams,
  config: BackboneConfig,
  x: Tensor,
  cache: KvCache,
  { rows, position, keep }: CachedBlock,
): Tensor {
  const length = x.shape[0] / rows.length
  const shape = { batch: rows.length, length, attention: 'bidirectional', ...fixed(config) } as const
  return tidy(() =>
    backbone(placed(params, x, length, position), params, shape, { ...cache, rows, position, keep }),
  )
}

/** Rows of `length` positions, the first of them at `from`, with the learned vectors of their places where there are any. */
function placed({ positions }: BackboneParams, x: Tensor, length: number, from = 0): Tensor {
  if (positions === undefined) return x
  // Beyond the last one the backbone throws, and says what does not fit.
  const last = positions.shape[0] - 1
  const places = Int32Array.from({ length: x.shape[0] }, (_, i) => Math.min(last, from + (i % length)))
  return add(x, embedding(positions, intTensor(places, [places.length])))
}

const fixed = ({ heads, context, ropeBase }: BackboneConfig) => ({
  heads,
  rotary: { positions: context, base: ropeBase },
})
