/** @file What a stack of pre-norm transformer blocks is made of: weights, sizes, and what a KV cache keeps of it. */
import type { CacheSpan } from '../kernels/index.ts'
import type { Tensor } from '../tensor.ts'

/** Weights of a block; `convolution` and `gate` may be missing (no convolution; relu² instead of SwiGLU). */
export type BlockWeights = {
  readonly attentionNorm: Tensor // [D]
  readonly convolution?: Tensor // [W, D]
  readonly query: Tensor // [D, D]
  readonly key: Tensor // [D, D]
  readonly value: Tensor // [D, D]
  readonly output: Tensor // [D, D]
  readonly mlpNorm: Tensor // [D]
  readonly gate?: Tensor // [D, F]
  readonly up: Tensor // [D, F]
  readonly down: Tensor // [F, D]
}

export type BackboneWeights = {
  readonly blocks: readonly BlockWeights[]
  readonly finalNorm: Tensor // [D]
}

export type BackboneShape = {
  readonly batch: number
  /** Rows of each batch row in x. */
  readonly length: number
  readonly heads: number
  /**
   * block (BD3-LM 2503.09573): x has two halves [2·B·L, D], the noisy rows of the whole batch and then its clean text, at
   * the same positions. A position sees its own block of `blockLength` in its own half, and earlier blocks in the clean
   * one: through attention, and so far as the taps reach through the convolution.
   */
  readonly attention: 'causal' | 'bidirectional' | 'block'
  readonly blockLength?: number
  /** Rotary positions: how many there are at most, and the base of their frequencies. */
  readonly rotary: { readonly positions: number; readonly base: number }
}

/** What a block keeps of the rows that it read; an engine writes them in place or puts new tensors here. */
export type BlockCache = {
  k: Tensor // [B, maxL, D]
  v: Tensor // [B, maxL, D]
  /** The convolution's inputs behind W rows of zeros [B, W + maxL, D]; null without convolution. */
  history: Tensor | null
}

/**
 * What a row holds behind its last span is scratch: a span at an earlier position rewinds the row, and a span that is only
 * looked at is written over.
 */
export type BackboneCache = {
  readonly maxLength: number
  /** Together the rows of x, in this order; each cache row at most once. */
  readonly spans: readonly CacheSpan[]
  readonly blocks: readonly BlockCache[]
}

/** `block` needs its clean text beside it; behind a cache a block is bidirectional. */
export type CachedShape = Pick<BackboneShape, 'heads' | 'rotary'> & {
  readonly attention: 'causal' | 'bidirectional'
}
