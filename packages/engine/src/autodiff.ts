/** @file Reverse-mode differentiation over TensorFlow.js' tape. */
import * as tf from '@tensorflow/tfjs-core'
import type { Tensor } from './tensor.ts'

/**
 * The value of a scalar function and its gradient with respect to each of `xs` (zeros where it does not depend on one).
 * `f` may close over `xs`. The caller owns all returned tensors.
 */
export function valueAndGradients(
  f: () => Tensor,
  xs: readonly Tensor[],
): { value: Tensor; gradients: Tensor[] } {
  const { value, grads } = tf.engine().gradients(f as () => tf.Scalar, [...xs], null as never, true)
  return { value, gradients: grads.map((g, i) => g ?? tf.zerosLike(xs[i])) }
}

/** Whether ops are being recorded for a gradient: inside `valueAndGradients`, but not inside an op of its own gradient. */
export function isRecording(): boolean {
  const { gradientDepth, kernelDepth } = tf.engine().state
  return gradientDepth > 0 && kernelDepth === 0
}

/** What a custom-gradient op returns: its output, what backward needs, and backward itself. */
export type CustomOp = {
  output: Tensor
  save: Tensor[]
  /** Gradients with respect to the inputs, in order. */
  backward: (dy: Tensor, saved: Tensor[]) => Tensor[]
}

/** An op with its own gradient. Nothing is saved while no tape is on. */
export function customOp(inputs: readonly Tensor[], f: () => CustomOp): Tensor {
  const op = tf.customGrad((...args: unknown[]) => {
    const save = args[args.length - 1] as (tensors: Tensor[]) => void
    const { output, save: saved, backward } = f()
    save(saved)
    return { value: output, gradFunc: (dy: Tensor, kept: Tensor[]) => backward(dy, kept) as never }
  })
  return op(...inputs)
}
