/** @file The bare network (embedding, backbone, head), its sizes and the operations it is counted as. */
import { dispose, type Tensor } from '@trivium/engine'
import type { Vocabulary } from '@trivium/language-model'
import { createRng } from '@trivium/random'
import {
  initTokenNetwork,
  normalTensor,
  resolveBackbone,
  type TokenNetworkParams,
  tokenLogits,
} from '@trivium/transformer'
import type { Attention, Shape } from './protocol.ts'

const textSize = 27

/** A preset with the 27-character vocabulary and a context that fits every line. */
export function shapeOf(preset: 'tiny' | 'small' | 'base'): Shape {
  return { ...resolveBackbone({ preset, context: 256 }), vocabulary: textSize + 4, textSize }
}

/** The specials in the order of the tokenizers. */
export function vocabularyOf({ vocabulary, textSize: text }: Shape): Vocabulary {
  return { size: vocabulary, textSize: text, mask: text, bos: text + 1, eos: text + 2, pad: text + 3 }
}

/** Random weights, the head included. */
export function initNetwork(shape: Shape): TokenNetworkParams {
  const rng = createRng(1)
  const { vocabulary: size, textSize: text, width } = shape
  const { head, ...rest } = initTokenNetwork(shape, { size, textSize: text }, rng)
  dispose(head.weight)
  const weight = normalTensor(rng.fork('head'), [width, text], 1 / Math.sqrt(width))
  return { ...rest, head: { weight, bias: head.bias } } as TokenNetworkParams
}

/** Logits [B·L, textSize]. */
export function networkLogits(
  params: TokenNetworkParams,
  shape: Shape,
  tokens: Int32Array,
  { attention, ...rows }: { batch: number; length: number; attention: Attention },
): Tensor {
  return tokenLogits(params, shape, { tokens, ...rows }, { attention })
}

/** Weights that multiply every position: the blocks' matrices and the head; look-ups, gains and taps are not counted. */
export function productWeights({ depth, width, mlpWidth, mlp, textSize: text }: Shape): number {
  return depth * (4 * width ** 2 + (mlp === 'swiglu' ? 3 : 2) * width * mlpWidth) + width * text
}

/**
 * Floating-point operations of one training token, as PaLM counts them (2204.02311, appendix B): 6·N for the products
 * (2 forward, 4 backward) and 12·depth·width·length for attention (QKᵀ and AV, causal or not). `extraForwards`: share of
 * the steps with a second forward that needs no gradient (self-conditioning).
 */
export function trainingFlops(shape: Shape, length: number, extraForwards = 0): number {
  return (3 + extraForwards) * (2 * productWeights(shape) + 4 * shape.depth * shape.width * length)
}
