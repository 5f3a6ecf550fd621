/** @file The forward pass of the blocks over rows [B·L, D], whole or continued from a KV cache. */
import { backbone, type Tensor } from '@trivium/engine'
import type { BackboneConfig } from '@trivium/schema'
import type { KvCache } from './cache.ts'
import type { BackboneParams } from './params.ts'

export type ForwardShape = {
  readonly batch: number
  readonly length: number
  /** block: a position sees its own block of `blockLength` and all earlier ones; the convolution is causal then. */
  readonly attention: 'causal' | 'bidirectional' | 'block'
  readonly blockLength?: number
}

/**
 * x [B·L, D] → [B·L, D], final RMSNorm included.
 * @throws Error when L exceeds the context, or block attention has no block length.
 */
export function backboneForward(
  params: BackboneParams,
  config: BackboneConfig,
  x: Tensor,
  shape: ForwardShape,
): Tensor {
  return backbone(x, params, { ...shape, ...fixed(config) })
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
  const out = backbone(x, params, shape, cache)
  cache.position += queries
  return out
}

const fixed = ({ heads, context, ropeBase }: BackboneConfig) => ({
  heads,
  rotary: { positions: context, base: ropeBase },
})
