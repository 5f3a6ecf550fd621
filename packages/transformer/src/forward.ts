/** @file The forward pass of the blocks over rows [B·L, D], whole or continued from a KV cache. */
import { backbone, type CacheSpan, cachedBackbone, type Tensor } from '@trivium/engine'
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
  return backbone(x, params, { ...shape, ...fixed(config) })
}

/** Where the rows of a cached forward stand, and what they see of each other. */
export type CachedRows = {
  readonly cache: KvCache
  /** Their lengths and positions may differ. A span at an earlier position rewinds its row. */
  readonly spans: readonly CacheSpan[]
  /** bidirectional: the positions of a span, a block, see one another. */
  readonly attention: 'causal' | 'bidirectional'
}

/**
 * The spans of a cache x [N, D] → [N, D], final RMSNorm included; the cache takes them up. Equal to the same rows of the
 * uncached forward: causal; or with block attention, where a span is a block, of the clean half when x is finished text, and
 * of the noisy half when it is not.
 * @throws Error when they do not fit.
 */
export function cachedForward(
  params: BackboneParams,
  config: BackboneConfig,
  x: Tensor,
  { cache, spans, attention }: CachedRows,
): Tensor {
  return cachedBackbone(x, params, { attention, ...fixed(config) }, { ...cache, spans })
}

const fixed = ({ heads, context, ropeBase }: BackboneConfig) => ({
  heads,
  rotary: { positions: context, base: ropeBase },
})
