/**
 * @file The networks around the backbone, written once: rows of hidden vectors to logits (what every paradigm ends in), and
 * tokens to logits (embedding, backbone, head).
 */
import {
  embedding,
  gatherRows,
  intTensor,
  linear,
  type ParamTree,
  slice,
  type Tensor,
  tidy,
  zeros,
} from '@trivium/engine'
import type { Rng } from '@trivium/random'
import type { BackboneConfig } from '@trivium/schema'
import type { KvCache } from './cache.ts'
import {
  backboneForward,
  type CachedBlock,
  cachedBlockForward,
  cachedForward,
  type ForwardShape,
} from './forward.ts'
import { type BackboneParams, initBackbone, normalTensor } from './params.ts'

/** Backbone and head. The head has text tokens only (docs/decisions/0005). */
export type TrunkParams = {
  readonly backbone: BackboneParams
  readonly head: { readonly weight: Tensor /* [D, textSize] */; readonly bias: Tensor /* [textSize] */ }
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
  return toLogits(params, backboneForward(params.backbone, config, x, shape))
}

/** Token ids [B, L], row-major. */
export type TokenRows = { readonly tokens: Int32Array; readonly batch: number; readonly length: number }

export type TokenShape = {
  readonly attention: 'causal' | 'bidirectional'
  /** last: the logits of each row's last position alone, [B, textSize]. */
  readonly positions?: 'all' | 'last'
}

/**
 * Tokens → logits [B·L, textSize].
 * @throws Error when L exceeds the context; InputError for an id outside the vocabulary, where our kernels run.
 */
export function tokenLogits(
  params: TokenNetworkParams,
  config: BackboneConfig,
  { tokens, batch, length }: TokenRows,
  { positions = 'all', attention }: TokenShape,
): Tensor {
  const h = backboneForward(params.backbone, config, embed(params, tokens), { batch, length, attention })
  return toLogits(params, positions === 'all' ? h : lastOfEach(h, batch, length))
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
  return toLogits(params, slice(h, [0, 0], [batch * length, config.width]))
}

/**
 * The tokens of one block of each of n rows [n, S] → logits [n·S, textSize], equal to those of `blockTokenLogits`.
 * @throws Error when they do not fit.
 */
export function cachedBlockLogits(
  params: TokenNetworkParams,
  config: BackboneConfig,
  tokens: Int32Array,
  cache: KvCache,
  block: Omit<CachedBlock, 'keep'>,
): Tensor {
  const x = embed(params, tokens)
  return toLogits(params, cachedBlockForward(params.backbone, config, x, cache, { ...block, keep: false }))
}

/**
 * Puts the finished text [n, S] of one block of each of n rows into the cache: a forward without logits.
 * @throws Error when it does not fit.
 */
export function commitBlock(
  params: TokenNetworkParams,
  config: BackboneConfig,
  tokens: Int32Array,
  cache: KvCache,
  block: Omit<CachedBlock, 'keep'>,
): void {
  tidy(
    () =>
      void cachedBlockForward(params.backbone, config, embed(params, tokens), cache, {
        ...block,
        keep: true,
      }),
  )
}

/**
 * The next positions of each row of a cache, row-major [B, Lq] → logits of the last of each [B, textSize]. Advances the
 * cache.
 * @throws Error when they do not fit.
 */
export function cachedTokenLogits(
  params: TokenNetworkParams,
  config: BackboneConfig,
  tokens: Int32Array,
  cache: KvCache,
): Tensor {
  const h = cachedForward(params.backbone, config, embed(params, tokens), cache)
  return toLogits(params, lastOfEach(h, cache.batch, tokens.length / cache.batch))
}

const embed = (params: TokenNetworkParams, tokens: Int32Array): Tensor =>
  embedding(params.embedding, intTensor(tokens, [tokens.length])) // [N, D]

const toLogits = ({ head }: TrunkParams, h: Tensor): Tensor => linear(h, head.weight, head.bias)

/** [B·L, D] → [B, D] */
function lastOfEach(h: Tensor, batch: number, length: number): Tensor {
  if (length === 1) return h
  const rows = Int32Array.from({ length: batch }, (_, b) => (b + 1) * length - 1)
  return gatherRows(h, rows)
}
