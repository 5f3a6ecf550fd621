/**
 * @file One AdamW update (Loshchilov & Hutter 2019, 1711.05101), averages and norms. Optimisers keep all weights in one
 * vector: then an update is one kernel where we have it, and a dozen ops on the other engines however many tensors there are.
 */
import * as tf from '@tensorflow/tfjs-core'
import { activeKernels } from '../state.ts'
import { allocate, pointer, readScalar, type Tensor } from '../tensor.ts'

export type AdamWStep = {
  learningRate: number
  beta1: number
  beta2: number
  epsilon: number
  weightDecay: number
  /** Counted from 1, for the bias corrections. */
  step: number
  /** Multiplies the gradient (clipping). */
  gradientScale: number
}

export type Moments = { readonly m: Tensor; readonly v: Tensor }

/**
 * p ← p − lr·(m̂/(√v̂ + ε) + wd·decayed·p), elementwise. Pure: new tensors, the inputs stay.
 * @param decayed of the shape of p, the share of the decay that reaches each weight; all of it when absent.
 */
export function adamW(
  p: Tensor,
  g: Tensor,
  { m, v }: Moments,
  h: AdamWStep,
  decayed?: Tensor,
): Moments & { p: Tensor } {
  const c1 = 1 - h.beta1 ** h.step
  const c2 = 1 - h.beta2 ** h.step
  const kernels = activeKernels()
  if (kernels !== null) {
    const out = { p: allocate(p.shape), m: allocate(p.shape), v: allocate(p.shape) }
    const pointers = {
      p: pointer(p),
      g: pointer(g),
      m: pointer(m),
      v: pointer(v),
      decayed: decayed === undefined ? 0 : pointer(decayed),
      pOut: pointer(out.p),
      mOut: pointer(out.m),
      vOut: pointer(out.v),
    }
    kernels.adamw(pointers, p.size, {
      lr: h.learningRate,
      beta1: h.beta1,
      beta2: h.beta2,
      eps: h.epsilon,
      weightDecay: h.weightDecay,
      biasCorrection1: c1,
      biasCorrection2: c2,
      gradScale: h.gradientScale,
    })
    return out
  }
  return tf.tidy(() => {
    const scaled = tf.mul(g, h.gradientScale)
    const nextM = tf.add(tf.mul(m, h.beta1), tf.mul(scaled, 1 - h.beta1))
    const nextV = tf.add(tf.mul(v, h.beta2), tf.mul(tf.square(scaled), 1 - h.beta2))
    const direction = tf.div(tf.div(nextM, c1), tf.add(tf.sqrt(tf.div(nextV, c2)), h.epsilon))
    const decay = tf.mul(decayed === undefined ? p : tf.mul(p, decayed), h.weightDecay)
    const nextP = tf.sub(p, tf.mul(tf.add(direction, decay), h.learningRate))
    return { p: nextP, m: nextM, v: nextV }
  })
}

/** decay·average + (1 − decay)·p, a new tensor. */
export function emaUpdate(average: Tensor, p: Tensor, decay: number): Tensor {
  const kernels = activeKernels()
  if (kernels !== null) {
    const out = allocate(p.shape)
    kernels.ema(pointer(average), pointer(p), pointer(out), p.size, decay)
    return out
  }
  return tf.tidy(() => tf.add(tf.mul(average, decay), tf.mul(p, 1 - decay)))
}

/** ‖x‖ on the host. One read on asynchronous engines. */
export async function norm(x: Tensor): Promise<number> {
  const kernels = activeKernels()
  if (kernels !== null) return Math.sqrt(kernels.sumSquares(pointer(x), x.size))
  const total = tf.tidy(() => tf.sum(tf.square(x)))
  const value = await readScalar(total)
  total.dispose()
  return Math.sqrt(value)
}

/** The values of all tensors, one after the other, in one vector [P]. */
export function pack(xs: readonly Tensor[]): Tensor {
  const kernels = activeKernels()
  if (kernels === null) return tf.tidy(() => tf.concat(xs.map((x) => tf.reshape(x, [x.size]))))
  const out = allocate([xs.reduce((n, x) => n + x.size, 0)])
  let at = pointer(out)
  for (const x of xs) {
    kernels.copyFloats(at, pointer(x), x.size)
    at += 4 * x.size
  }
  return out
}

/** `pack` undone: new tensors of the shapes of `like`. */
export function unpack(vector: Tensor, like: readonly Tensor[]): Tensor[] {
  const kernels = activeKernels()
  let at = 0
  return like.map(({ shape, size }) => {
    const from = at
    at += size
    if (kernels === null) return tf.tidy(() => tf.reshape(tf.slice(vector, [from], [size]), shape))
    const out = allocate(shape)
    kernels.copyFloats(pointer(out), pointer(vector) + 4 * from, size)
    return out
  })
}
