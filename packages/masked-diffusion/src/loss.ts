/** @file The training loss of a noisy batch, and what a position costs in a bound. Differentiable in the logits. */
import {
  add,
  crossEntropy,
  intTensor,
  type NoisyTokens,
  scoreEntropy,
  type Tensor,
  tensor,
  tokenNll,
  tokenScoreEntropy,
} from '@trivium/engine'
import type { MaskedOptions } from '@trivium/schema'
import type { NoisyRows } from './network.ts'
import { createUniformProcess } from './uniform.ts'

/** Σ weight · cost, a scalar. logits [B·L, V] of the noisy rows, weights [B·L]. */
export function denoisingLoss(
  logits: Tensor,
  rows: NoisyRows,
  weights: Float32Array,
  options: MaskedOptions,
): Tensor {
  const n = weights.length
  const [targets, w] = [intTensor(rows.clean, [n]), tensor(weights, [n])]
  if (options.process === 'absorbing') return crossEntropy(logits, targets, w)
  const noise = noiseOf(rows, options, logits.shape[1] as number)
  if (options.weighting === 'elbo') return scoreEntropy(logits, noisyTokens(rows, noise), w)
  return crossEntropy(add(logits, shownLogits(rows, noise, logits.shape)), targets, w)
}

/** Cost of each position in the bound, before its weight [B·L]: −log p of x₀, or the score entropy. */
export function positionCosts(logits: Tensor, rows: NoisyRows, options: MaskedOptions): Tensor {
  if (options.process === 'absorbing') return tokenNll(logits, intTensor(rows.clean, [rows.clean.length]))
  return tokenScoreEntropy(logits, noisyTokens(rows, noiseOf(rows, options, logits.shape[1] as number)))
}

function noisyTokens({ tokens, clean }: NoisyRows, noise: Float32Array): NoisyTokens {
  const n = tokens.length
  return { clean: intTensor(clean, [n]), noisy: intTensor(tokens, [n]), noise: tensor(noise, [n]) }
}

/** κ of each position. Given ones weigh nothing; a κ of 1 keeps their cost finite. */
function noiseOf({ times }: NoisyRows, { schedule }: MaskedOptions, textSize: number): Float32Array {
  const process = createUniformProcess(schedule)
  return Float32Array.from(times, (t) => (t === 0 ? 1 : process.noise(t, textSize)))
}

/**
 * From p(x₀ᵢ | the other positions), which a uniform-state network says, to p(x₀ᵢ | all of x_t), which the cross-entropy wants: the
 * token that stands there is (1 + κ)/κ times as likely.
 */
function shownLogits({ tokens }: NoisyRows, noise: Float32Array, [n, v]: readonly number[]): Tensor {
  const values = new Float32Array(n * v)
  tokens.forEach((token, i) => {
    values[i * v + token] = Math.log1p(1 / noise[i])
  })
  return tensor(values, [n, v])
}
