/** @file RMSNorm (Zhang & Sennrich 2019, 1910.07467). */
import * as tf from '@tensorflow/tfjs-core'
import { customOp } from '../autodiff.ts'
import { activeKernels } from '../state.ts'
import { allocate, pointer, type Tensor } from '../tensor.ts'

export const epsilon: number = 1e-6

/** y = x / √(mean(x²) + 1e-6) · gain, over the last axis. x [N, D], gain [D]. */
export function rmsNorm(x: Tensor, gain: Tensor): Tensor {
  const kernels = activeKernels()
  if (kernels === null) {
    const scaled = tf.mul(x, tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), epsilon)))
    return tf.mul(scaled, gain)
  }
  const [n, d] = x.shape
  return customOp([x, gain], () => {
    const output = allocate([n, d])
    const rstd = allocate([n])
    kernels.rmsNormForward(pointer(x), pointer(gain), pointer(output), pointer(rstd), n, d, epsilon)
    return {
      output,
      save: [x, gain, rstd],
      backward: (dy, [keptX, keptGain, keptRstd]) => {
        const dx = allocate([n, d])
        const dGain = tf.zeros([d])
        kernels.rmsNormBackward(
          pointer(dy),
          pointer(keptX),
          pointer(keptGain),
          pointer(keptRstd),
          pointer(dx),
          pointer(dGain),
          n,
          d,
        )
        return [dx, dGain]
      },
    }
  })
}
