/** @file The forward pass of the blocks over rows [B·L, D], whole or continued from a KV cache. */
import {
  add,
  backbone,
  type CacheSpan,
  cachedBackbone,
  embedding,
  intTensor,
  type Tensor,
  tidy,
} from '@trivium/engine'
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
  const places = Array.from({ length: x.shape[0] }, (_, i) => i % shape.length)
  return backbone(placed(params, x, places), params, { ...shape, ...fixed(config) })
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
  const places = spans.flatMap(({ position, length }) => Array.from({ length }, (_, i) => position + i))
  return tidy(() =>
    cachedBackbone(placed(params, x, places), params, { attention, ...fixed(config) }, { ...cache, spans }),
  )
}

/** Rows x [N, D] with the learned vectors of their places where there are any. */
function placed({ positions }: BackboneParams, x: Tensor, places: readonly number[]): Tensor {
  if (positions === undefined) return x
  // Beyond the last one the backbone throws, and says what does not fit.
  const last = positions.shape[0] - 1
  const rows = Int32Array.from(places, (place) => Math.min(last, place))
  return add(x, embedding(positions, intTensor(rows, [rows.length])))
}

const fixed = ({ heads, context, ropeBase }: BackboneConfig) => ({
  heads,
  rotary: { positions: context, base: ropeBase },
})
