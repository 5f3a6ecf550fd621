/**
 * @file The training losses. Cross-entropy: score interpolation (CDCD, 2211.15089): CE(p, x), weight 1, γ from the
 * schedule's density. Bound: the integrand of the variational bound with importance weights.
 */
import {
  add,
  crossEntropy,
  embedding,
  intTensor,
  keep,
  linear,
  mul,
  scalar,
  softmax,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  tidy,
  tokenNll,
} from '@trivium/engine'
import type { LossContext, TokenBatch } from '@trivium/language-model'
import type { BackboneConfig, ContinuousOptions } from '@trivium/schema'
import { type Corruption, drawCorruption, reconstructionShare } from '../gaussian/corruption.ts'
import type { Observation } from '../gaussian/observer.ts'
import { type NoiseSchedule, priorKl } from '../gaussian/process.ts'
import { type ContinuousParams, forward, type NetworkInput, unitEmbeddings } from './network.ts'

export type LossModel = {
  readonly params: ContinuousParams
  /** The same weights under tensors that the tape does not follow. */
  readonly constants: ContinuousParams
  readonly backbone: BackboneConfig
  readonly options: ContinuousOptions
  readonly schedule: NoiseSchedule
}

/**
 * Nats a free token, differentiable in `params`, and what the time warp learns from.
 * @param labels what is to be said [B·L], where it is not the text itself
 */
export function diffusionLoss(
  model: LossModel,
  batch: TokenBatch,
  context: LossContext,
  labels: Int32Array = batch.tokens,
): { loss: Tensor; observation: Observation } {
  const { params, backbone, options, schedule } = model
  const n = batch.batch * batch.length
  const corruption = drawCorruption(batch, context, schedule, options)
  const progress = context.step / Math.max(1, context.totalSteps)
  // A student begins as its teacher, whose prior is whole.
  const ramp = options.distil === undefined ? options.priorRamp : 0
  const targets = intTensor(batch.tokens, [n])
  const e = unitEmbeddings(params.embedding)
  const clean = embedding(e, targets) // [B·L, d]
  const input: NetworkInput = {
    batch: batch.batch,
    length: batch.length,
    z: noisy(clean, corruption),
    gamma: corruption.gamma,
    selfCondition: null,
    priorStrength: ramp === 0 ? 1 : Math.min(1, progress / ramp),
  }
  const conditioned =
    progress > ramp && context.rng.fork('self-condition').uniform() < options.selfConditioning
  const selfCondition = conditioned ? firstEstimate(model, input, corruption, targets) : null
  const logits = forward(params, backbone, e, { ...input, selfCondition })
  const said = intTensor(labels, [n])
  const nll = keep(tidy(() => tokenNll(logits, said)))
  const loss =
    options.objective === 'vlb'
      ? boundLoss(logits, targets, clean, e, corruption, schedule)
      : crossEntropy(
          logits,
          said,
          tensor(
            perFreeToken(corruption, () => 1),
            [n],
          ),
        )
  return { loss, observation: { values: nll, corruption } }
}

/** z = α·e + σ·ε. */
function noisy(clean: Tensor, { alpha, noise }: Corruption): Tensor {
  return add(mul(clean, tensor(alpha, clean.shape)), tensor(noise, clean.shape))
}

/** x̃ = x̂(z, γ, 0) on the same z [B·L, d]. Made of constants only, so no gradient flows into the first pass. */
function firstEstimate(
  { constants, backbone }: LossModel,
  input: NetworkInput,
  corruption: Corruption,
  targets: Tensor,
): Tensor {
  return tidy(() => {
    const e = unitEmbeddings(constants.embedding)
    const z = noisy(embedding(e, targets), corruption)
    return linear(softmax(forward(constants, backbone, e, { ...input, z })), e)
  })
}

/** A weight for each position, divided by its row's divisor; 0 where nothing is scored. */
function perFreeToken(
  { free, rowGamma, divisor }: Corruption,
  weight: (row: number) => number,
): Float32Array {
  const length = free.length / rowGamma.length
  const weights = Array.from(divisor, (d, b) => weight(b) / d)
  return Float32Array.from(free, (isFree, i) => (isFree === 1 ? weights[Math.floor(i / length)] : 0))
}

/** Nats a token of the bound: reconstruction from one row in eight, the integral from the others, the prior. */
function boundLoss(
  logits: Tensor,
  targets: Tensor,
  clean: Tensor,
  e: Tensor,
  corruption: Corruption,
  schedule: NoiseSchedule,
): Tensor {
  const { reconstruction, rowGamma } = corruption
  const [n, dim] = clean.shape as [number, number]
  const decoder = perFreeToken(corruption, (b) => (reconstruction[b] === 1 ? 1 / reconstructionShare : 0))
  const integrand = perFreeToken(corruption, (b) =>
    reconstruction[b] === 1
      ? 0
      : (0.5 * Math.exp(-rowGamma[b])) / schedule.density(rowGamma[b]) / (1 - reconstructionShare),
  )
  const spread = new Float32Array(n * dim)
  integrand.forEach((w, i) => {
    spread.fill(w, i * dim, (i + 1) * dim)
  })
  const errors = square(sub(clean, linear(softmax(logits), e)))
  const integral = sum(mul(errors, tensor(spread, [n, dim])))
  const terms = add(crossEntropy(logits, targets, tensor(decoder, [n])), integral)
  return add(terms, scalar(priorKl(schedule.gammaMax, dim)))
}
