/**
 * @file The loss of uniform-state diffusion (Duo 2506.10892, eq. 8; in the form of SEDD 2310.16834): how far the ratios of
 * probabilities that a prediction implies are from the true ones.
 *
 * With y = p + κ for the prediction p and q = onehot(x₀) + κ for the truth, and i the token that stands there, r_j = q_j/q_i
 * and r^θ_j = y_j/y_i. The cost Σ_j r_j log(r_j/r^θ_j) − r_j + r^θ_j is 0 where p is onehot(x₀) and above it elsewhere.
 */
import * as tf from '@tensorflow/tfjs-core'
import { customOp } from '../autodiff.ts'
import type { Tensor } from '../tensor.ts'

/** Of N positions: x₀ and x_t int32 [N], and κ = (1−α)/(Vα) float32 [N]. */
export type NoisyTokens = { readonly clean: Tensor; readonly noisy: Tensor; readonly noise: Tensor }

/** Σ_n weight_n · cost_n, a scalar. logits [N, V], weights [N]. Differentiable in the logits. */
export function scoreEntropy(logits: Tensor, tokens: NoisyTokens, weights: Tensor): Tensor {
  const { clean, noisy, noise } = tokens
  return customOp([logits], () => ({
    output: tf.tidy(() => tf.sum(tf.mul(tokenScoreEntropy(logits, tokens), weights))),
    save: [logits, clean, noisy, noise, weights],
    backward: (dy, [keptLogits, keptClean, keptNoisy, keptNoise, keptWeights]) => [
      tf.tidy(() => {
        const kept = { clean: keptClean, noisy: keptNoisy, noise: keptNoise }
        const { p, own, r, rTheta, yOwn } = ratios(keptLogits, kept)
        // ∂cost/∂y_j = (1 − r_j/r^θ_j)/y_i, and −Σ_j (r^θ_j − r_j)/y_i for the token that stands there.
        const others = tf.mul(tf.sub(1, tf.div(r, rTheta)), tf.sub(1, own))
        const itself = tf.mul(own, tf.sum(tf.sub(r, rTheta), -1, true))
        const dp = tf.div(tf.add(others, itself), yOwn)
        const dLogits = tf.mul(p, tf.sub(dp, tf.sum(tf.mul(dp, p), -1, true)))
        return tf.mul(dLogits, tf.reshape(tf.mul(keptWeights, dy), [-1, 1]))
      }),
    ],
  }))
}

/** The cost of each position [N]. Not differentiable. */
export function tokenScoreEntropy(logits: Tensor, tokens: NoisyTokens): Tensor {
  return tf.tidy(() => {
    const { r, rTheta } = ratios(logits, tokens)
    return tf.sum(tf.add(tf.sub(tf.mul(r, tf.log(tf.div(r, rTheta))), r), rTheta), -1)
  })
}

function ratios(logits: Tensor, { clean, noisy, noise }: NoisyTokens) {
  const v = logits.shape[1] as number
  const kappa = tf.reshape(noise, [-1, 1])
  const oneHot = (ids: Tensor): Tensor => tf.cast(tf.oneHot(ids as tf.Tensor1D, v), 'float32')
  const own = oneHot(noisy)
  const p = tf.softmax(logits)
  const [q, y] = [tf.add(oneHot(clean), kappa), tf.add(p, kappa)]
  const at = (x: Tensor): Tensor => tf.sum(tf.mul(x, own), -1, true)
  const yOwn = at(y)
  return { p, own, yOwn, r: tf.div(q, at(q)), rTheta: tf.div(y, yOwn) }
}
