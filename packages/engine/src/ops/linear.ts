/** @file Matrix products: the one op that decides how fast everything is. */
import * as tf from '@tensorflow/tfjs-core'
import { customOp } from '../autodiff.ts'
import { activeKernels } from '../state.ts'
import { allocate, pointer, type Tensor } from '../tensor.ts'

/**
 * op(a)·op(b) for 2-D tensors, op = transpose where the flag is set. Not differentiable: `linear` is.
 * @throws Error when the inner sizes differ.
 */
export function matMul2d(a: Tensor, b: Tensor, transposeA = false, transposeB = false): Tensor {
  const [rowsA, columnsA] = a.shape as [number, number]
  const [rowsB, columnsB] = b.shape as [number, number]
  const [m, k] = transposeA ? [columnsA, rowsA] : [rowsA, columnsA]
  const [kb, n] = transposeB ? [columnsB, rowsB] : [rowsB, columnsB]
  if (k !== kb)
    throw new Error(
      `matMul2d: inner sizes differ: [${a.shape}]${transposeA ? 'ᵀ' : ''} · [${b.shape}]${transposeB ? 'ᵀ' : ''}`,
    )
  const kernels = activeKernels()
  if (kernels === null) return tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D, transposeA, transposeB)
  const out = allocate([m, n])
  kernels.gemm(
    transposeA,
    transposeB,
    m,
    n,
    k,
    1,
    pointer(a),
    columnsA,
    pointer(b),
    columnsB,
    0,
    pointer(out),
    n,
  )
  return out
}

/** x·w (+ bias). x [N, K], w [K, M], bias [M] → [N, M]. Differentiable in all three. */
export function linear(x: Tensor, w: Tensor, bias?: Tensor): Tensor {
  const y = customOp([x, w], () => ({
    output: matMul2d(x, w),
    save: [x, w],
    backward: (dy, [keptX, keptW]) => [matMul2d(dy, keptW, false, true), matMul2d(keptX, dy, true, false)],
  }))
  return bias === undefined ? y : addBias(y, bias)
}

/** x·wᵀ: x [N, K], w [M, K] → [N, M], e.g. a head tied to a table. Differentiable in both. */
export function tiedLinear(x: Tensor, w: Tensor): Tensor {
  return customOp([x, w], () => ({
    output: matMul2d(x, w, false, true),
    save: [x, w],
    backward: (dy, [keptX, keptW]) => [matMul2d(dy, keptW), matMul2d(dy, keptX, true, false)],
  }))
}

/** x [N, M] + bias [M]. */
function addBias(x: Tensor, bias: Tensor): Tensor {
  return customOp([x, bias], () => ({
    output: tf.add(x, bias),
    save: [],
    backward: (dy) => [dy.clone(), columnSums(dy)],
  }))
}

/** [N, M] → [M]. */
function columnSums(x: Tensor): Tensor {
  return tf.tidy(() => tf.reshape(matMul2d(tf.ones([1, x.shape[0]]), x), [x.shape[1] as number]))
}
