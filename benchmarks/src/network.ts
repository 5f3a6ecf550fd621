/** @file The bare network (embedding, backbone, head), its sizes and the operations it is counted as. */
import { embedding, intTensor, linear, type ParamTree, type Tensor, zeros } from '@trivium/engine'
import type { Vocabulary } from '@trivium/language-model'
import { createRng } from '@trivium/random'
import {
  type BackboneParams,
  backboneForward,
  initBackbone,
  normalTensor,
  resolveBackbone,
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

export type NetworkParams = {
  readonly embedding: Tensor
  readonly backbone: BackboneParams
  readonly head: { readonly weight: Tensor; readonly bias: Tensor }
} & ParamTree

/** Random weights, the head included. */
export function initNetwork(shape: Shape): NetworkParams {
  const rng = createRng(1)
  const d = shape.width
  return {
    embedding: normalTensor(rng.fork('embedding'), [shape.vocabulary, d], 1 / Math.sqrt(d)),
    backbone: initBackbone(shape, rng.fork('backbone')),
    head: {
      weight: normalTensor(rng.fork('head'), [d, shape.textSize], 1 / Math.sqrt(d)),
      bias: zeros([shape.textSize]),
    },
  } as NetworkParams
}

/** Logits [B·L, textSize]. */
export function networkLogits(
  params: NetworkParams,
  shape: Shape,
  tokens: Int32Array,
  rows: { batch: number; length: number; attention: Attention },
): Tensor {
  const x = embedding(params.embedding, intTensor(tokens, [tokens.length]))
  return linear(backboneForward(params.backbone, shape, x, rows), params.head.weight, params.head.bias)
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
