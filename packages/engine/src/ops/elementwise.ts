/** @file Elementwise and shape ops, with TensorFlow.js' broadcasting and gradients. */
import * as tf from '@tensorflow/tfjs-core'
import { customOp } from '../autodiff.ts'
import { activeKernels } from '../state.ts'
import { allocate, pointer, type Tensor } from '../tensor.ts'

const sameShape = (a: Tensor, b: Tensor): boolean =>
  a.shape.length === b.shape.length && a.shape.every((n, i) => n === b.shape[i])

/** a + b, broadcasting. */
export function add(a: Tensor, b: Tensor): Tensor {
  const kernels = activeKernels()
  if (kernels === null || !sameShape(a, b)) return tf.add(a, b)
  return customOp([a, b], () => {
    const output = allocate(a.shape)
    kernels.addInto(pointer(a), pointer(b), pointer(output), a.size)
    return { output, save: [], backward: (dy) => [dy.clone(), dy.clone()] }
  })
}
export function sub(a: Tensor, b: Tensor): Tensor {
  return tf.sub(a, b)
}
export function mul(a: Tensor, b: Tensor): Tensor {
  return tf.mul(a, b)
}
/** x times a number. */
export function scale(x: Tensor, factor: number): Tensor {
  return tf.mul(x, factor)
}
export function square(x: Tensor): Tensor {
  return tf.square(x)
}
/** 1/√x of what is above 0. */
export function rsqrt(x: Tensor): Tensor {
  return tf.rsqrt(x)
}
/** x·sigmoid(x), elementwise. */
export function silu(x: Tensor): Tensor {
  return tf.mul(x, tf.sigmoid(x))
}
export function sum(x: Tensor, axis?: number | number[], keepDims?: boolean): Tensor {
  return tf.sum(x, axis, keepDims)
}
export function mean(x: Tensor, axis?: number | number[], keepDims?: boolean): Tensor {
  return tf.mean(x, axis, keepDims)
}
export function reshape(x: Tensor, shape: readonly number[]): Tensor {
  return tf.reshape(x, [...shape])
}
export function concat(xs: readonly Tensor[], axis: number): Tensor {
  return tf.concat([...xs], axis)
}
export function slice(x: Tensor, begin: readonly number[], size: readonly number[]): Tensor {
  return tf.slice(x, [...begin], [...size])
}
/** Rows of the first axis by index; not differentiable on every engine (see `embedding`). */
export function gatherRows(x: Tensor, rows: Int32Array | readonly number[]): Tensor {
  return tf.gather(x, tf.tensor1d(rows as Int32Array, 'int32'), 0)
}
/** Softmax over the last axis. */
export function softmax(x: Tensor): Tensor {
  return tf.softmax(x)
}
