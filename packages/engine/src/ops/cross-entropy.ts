/** @file Softmax cross-entropy, fused: no probabilities are kept. */
import * as tf from '@tensorflow/tfjs-core'
import { customOp } from '../autodiff.ts'
import { activeKernels } from '../state.ts'
import { allocate, pointer, type Tensor } from '../tensor.ts'

/**
 * Σ_n weight_n · −log softmax(logits_n)[target_n], a scalar in nats. logits [N, V], targets int32 [N], weights [N].
 * Differentiable in the logits.
 */
export function crossEntropy(logits: Tensor, targets: Tensor, weights: Tensor): Tensor {
  const [n, v] = logits.shape
  return customOp([logits], () => {
    const nll = tokenNll(logits, targets)
    const output = tf.tidy(() => tf.sum(tf.mul(nll, weights)))
    return {
      output,
      save: [logits, targets, weights],
      backward: (dy, [keptLogits, keptTargets, keptWeights]) => {
        const kernels = activeKernels()
        if (kernels !== null) {
          const dLogits = allocate([n, v])
          const scaled = tf.mul(keptWeights, dy)
          kernels.crossEntropyBackward(
            pointer(keptLogits),
            pointer(keptTargets),
            pointer(scaled),
            1,
            pointer(dLogits),
            n,
            v,
          )
          scaled.dispose()
          return [dLogits]
        }
        return [
          tf.tidy(() => {
            const oneHot = tf.cast(tf.oneHot(keptTargets as tf.Tensor1D, v), 'float32')
            return tf.mul(tf.sub(tf.softmax(keptLogits), oneHot), tf.reshape(tf.mul(keptWeights, dy), [n, 1]))
          }),
        ]
      },
    }
  })
}

/** −log softmax(logits_n)[target_n] of each row, nats. logits [N, V], targets int32 [N] → [N]. Not differentiable. */
export function tokenNll(logits: Tensor, targets: Tensor): Tensor {
  const [n, v] = logits.shape
  const kernels = activeKernels()
  if (kernels !== null) {
    const nll = allocate([n])
    kernels.crossEntropyForward(pointer(logits), pointer(targets), 0, pointer(nll), n, v)
    return nll
  }
  return tf.tidy(() => {
    const oneHot = tf.cast(tf.oneHot(targets as tf.Tensor1D, v), 'float32')
    return tf.neg(tf.sum(tf.mul(tf.logSoftmax(logits), oneHot), -1))
  })
}
