/**
 * @file The networks around the backbone, written once: rows of hidden vectors to logits (what every paradigm ends in), and
 * tokens to logits (embedding, backbone, head).
 */
import { embedding, intTensor, linear, type ParamTree, slice, type Tensor, zeros } from '@trivium/engine'
import type { Rng } from '@trivium/random'
import type { BackboneConfig } from '@trivium/schema'
import { backboneForward, type CachedRows, cachedForward, type ForwardShape } from './forward.ts'
import { type BackboneParams, initBackbone, normalTensor } from './params.ts'

export type HeadParams = {
  readonly weight: Tensor /* [D, textSize] */
  readonly bias: Tensor /* [textSize] */
}

/** Backbone and head. The head has text tokens only (docs/decisions/0005). */
export type TrunkParams = {
  readonly backbone: BackboneParams
  readonly head: HeadParams
} & ParamTree

export type TokenNetworkParams = { readonly embedding: Tensor /* [size, D] */ } & TrunkParams

/** Initial weights; the head is zero, so the first prediction is uniform. Keys in the order of a checkpoint. */
export function initTrunk(config: BackboneConfig, textSize: number, rng: Rng): TrunkParams {
  return {
    backbone: initBackbone(config, rng.fork('backbone')),
    head: { weight: zeros([config.width, textSize]), bias: zeros([textSize]) },
  } as TrunkParams
}

/** The same with one vector a token; `size` counts the special ones too, which are read and never written. */
export function initTokenNetwork(
  config: BackboneConfig,
  { size, textSize }: { readonly size: number; readonly textSize: number },
  rng: Rng,
): TokenNetworkParams {
  const table = normalTensor(rng.fork('embedding'), [size, config.width], 1 / Math.sqrt(config.width))
  return { embedding: table, ...initTrunk(config, textSize, rng) } as TokenNetworkParams
}

/**
 * Hidden rows x [B·L, D] → logits [B·L, textSize].
 * @throws Error when L exceeds the context.
 */
export function trunkLogits(
  params: TrunkParams,
  config: BackboneConfig,
  x: Tensor,
  shape: ForwardShape,
): Tensor {
  return headLogits(params.head, backboneForward(params.backbone, config, x, shape))
}

/** Token ids [B, L], row-major. */
export type TokenRows = { readonly tokens: Int32Array; readonly batch: number; readonly length: number }

export type TokenShape = { readonly attention: 'causal' | 'bidirectional' }

/**
 * Tokens → logits [B·L, textSize].
 * @throws Error when L exceeds the context; InputError for an id outside the vocabulary, where our kernels run.
 */
export function tokenLogits(
  params: TokenNetworkParams,
  config: BackboneConfig,
  rows: TokenRows,
  shape: TokenShape,
): Tensor {
  return headLogits(params.head, tokenStates(params, config, rows, shape))
}

/**
 * Tokens → what the head reads, [B·L, D].
 * @throws as `tokenLogits`
 */
export function tokenStates(
  params: TokenNetworkParams,
  config: BackboneConfig,
  { tokens, batch, length }: TokenRows,
  { attention }: TokenShape,
): Tensor {
  return backboneForward(params.backbone, config, embed(params, tokens), { batch, length, attention })
}

/** Noisy rows beside their clean text, of one shape (BD3-LM 2503.09573: x_t ⊕ x₀). */
export type BlockRows = TokenRows & { readonly clean: Int32Array; readonly blockLength: number }

/**
 * Noisy tokens → logits [B·L, textSize], each block predicted from itself and the clean text of earlier blocks.
 * @throws Error when L exceeds the context; InputError for an id outside the vocabulary, where our kernels run.
 */
export function blockTokenLogits(
  params: TokenNetworkParams,
  config: BackboneConfig,
  { tokens, clean, batch, length, blockLength }: BlockRows,
): Tensor {
  const halves = new Int32Array(2 * batch * length)
  halves.set(tokens)
  halves.set(clean, batch * length)
  const shape = { batch, length, attention: 'block', blockLength } as const
  const h = backboneForward(params.backbone, config, embed(params, halves), shape) // [2·B·L, D]
  return headLogits(params.head, slice(h, [0, 0], [batch * length, config.width]))
}

/**
 * The tokens [N] of some spans of a cache → logits [N, textSize], equal to those of `tokenLogits`, and of
 * `blockTokenLogits` where the spans are blocks. The cache takes the tokens up.
 * @throws Error when they do not fit.
 */
export function cachedTokenLogits(
  params: TokenNetworkParams,
  config: BackboneConfig,
  tokens: Int32Array,
  rows: CachedRows,
): Tensor {
  return headLogits(params.head, cachedTokenStates(params, config, tokens, rows))
}

/**
 * The same before the head: [N, D].
 * @throws Error when they do not fit.
 */
export function cachedTokenStates(
  params: TokenNetworkParams,
  config: BackboneConfig,
  tokens: Int32Array,
  rows: CachedRows,
): Tensor {
  return cachedForward(params.backbone, config, embed(params, tokens), rows)
}

const embed = (params: TokenNetworkParams, tokens: Int32Array): Tensor =>
  embedding(params.embedding, intTensor(tokens, [tokens.length])) // [N, D]

/** h [N, D] → logits [N, textSize]. */
export function headLogits({ weight, bias }: HeadParams, h: Tensor): Tensor {
  return linear(h, weight, bias)
}
