/**
 * @file The losses of both phases. First the autoencoder's: cross-entropy of the text from noisy latents one by one. Then,
 * with the autoencoder at rest, the process': score interpolation as of embeddings (CE(p, x), weight 1), or the bound's
 * integrand.
 */
import {
  add,
  crossEntropy,
  intTensor,
  keep,
  mean as meanOver,
  mul,
  reshape,
  scalar,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  tidy,
  tokenNll,
} from '@trivium/engine'
import type { LossContext, TokenBatch } from '@trivium/language-model'
import type { BackboneConfig, ContinuousOptions, LatentOptions } from '@trivium/schema'
import { columns } from '../gaussian/columns.ts'
import type { Observation } from '../gaussian/observer.ts'
import { alphaOf, type NoiseSchedule, priorKl, sigmaOf } from '../gaussian/process.ts'
import { decode, encode, padded } from './autoencoder.ts'
import { drawLatents, type NoisyLatents, rowsOf } from './corruption.ts'
import { forward, type LatentInput, type LatentOutput, type LatentParams } from './network.ts'
import { lastAutoencoderStep } from './phases.ts'

export type LatentLossModel = {
  readonly params: LatentParams
  /** The same weights under tensors that the tape does not follow. */
  readonly constants: LatentParams
  readonly backbone: BackboneConfig
  readonly options: ContinuousOptions & { readonly latent: LatentOptions }
  readonly schedule: NoiseSchedule
  readonly textSize: number
}

/**
 * Nats a token, given ones too: the autoencoder is to know every text. Half of the latents stand at gammaMin, where text is
 * read off, half anywhere on the way, so that the decoder is the output prior of the process.
 */
export function autoencoderLoss(
  { params, options, schedule, textSize }: LatentLossModel,
  batch: TokenBatch,
  { rng, rowOffset }: LossContext,
): Tensor {
  const { rate, dim } = options.latent
  const tokens = padded(rowsOf(batch.tokens, batch.length), rate, textSize)
  const states = tokens.length / rate / batch.batch
  const gamma = new Float32Array(batch.batch * states)
  const noise = new Float32Array(gamma.length * dim)
  for (let b = 0; b < batch.batch; b++) {
    const row = rng.fork('noise', rowOffset + b)
    const levels = row.fork('gamma').uniforms(2 * states)
    const normals = row.normals(states * dim)
    for (let n = 0; n < states; n++) {
      const i = b * states + n
      gamma[i] = levels[2 * n] < 0.5 ? schedule.gammaMin : schedule.quantile(levels[2 * n + 1])
      const sigma = sigmaOf(gamma[i])
      for (let k = 0; k < dim; k++) noise[i * dim + k] = sigma * normals[n * dim + k]
    }
  }
  const latents = encode(params.autoencoder, tokens, rate)
  const z = add(mul(latents, columns(gamma, dim, alphaOf)), tensor(noise, latents.shape))
  const counted = tokens.reduce((n, token) => n + (token < textSize ? 1 : 0), 0)
  const weights = Float32Array.from(tokens, (token) => (token < textSize ? 1 / counted : 0))
  return crossEntropy(
    decode(params.autoencoder, z, gamma, rate),
    targetsOf(tokens, textSize),
    tensor(weights, [weights.length]),
  )
}

/** Nats a token that is not known, and what the time warp learns from. */
export function processLoss(
  model: LatentLossModel,
  batch: TokenBatch,
  context: LossContext,
): { loss: Tensor; observation: Observation } {
  const { params, constants, backbone, options, textSize } = model
  const drawn = drawLatents(model, batch, context)
  const { z, known, corruption } = drawn
  const progress = processProgress(options.latent, context)
  const input: LatentInput = {
    batch: batch.batch,
    states: corruption.free.length / batch.batch,
    z,
    gamma: corruption.gamma,
    known,
    selfCondition: null,
    priorStrength: options.priorRamp === 0 ? 1 : Math.min(1, progress / options.priorRamp),
  }
  const conditioned =
    progress > options.priorRamp && context.rng.fork('self-condition').uniform() < options.selfConditioning
  const selfCondition = conditioned ? firstEstimate(model, input) : null
  const output = forward(params, constants.autoencoder, backbone, { ...input, selfCondition })
  const { rate } = options.latent
  const nll = tidy(() => {
    const each = tokenNll(output.logits, targetsOf(drawn.tokens, textSize))
    return keep(meanOver(reshape(each, [corruption.free.length, rate]), 1))
  })
  const loss = options.objective === 'vlb' ? boundLoss(model, drawn, output) : textLoss(model, drawn, output)
  return { loss, observation: { values: nll, corruption } }
}

/** The share of the process' own steps that are over: its output prior and self-conditioning begin when it does. */
function processProgress(latent: LatentOptions, { step, totalSteps }: LossContext): number {
  const before = lastAutoencoderStep(latent, totalSteps)
  return (step - before) / Math.max(1, totalSteps - before)
}

const targetsOf = (tokens: Int32Array, textSize: number): Tensor =>
  intTensor(
    tokens.map((token) => Math.min(token, textSize - 1)),
    [tokens.length],
  )

/** x̃ = x̂(z, γ, 0) on the same z [B·N, d]. Made of constants only, so no gradient flows into the first pass. */
const firstEstimate = ({ constants, backbone }: LatentLossModel, input: LatentInput): Tensor =>
  tidy(() => forward(constants, constants.autoencoder, backbone, input).mean)

/** Cross-entropy of the scored tokens. */
function textLoss(
  { textSize }: LatentLossModel,
  { tokens, scored, divisor }: NoisyLatents,
  { logits }: LatentOutput,
): Tensor {
  const perRow = tokens.length / divisor.length
  const weights = Float32Array.from(scored, (flag, i) => flag / divisor[Math.floor(i / perRow)])
  return crossEntropy(logits, targetsOf(tokens, textSize), tensor(weights, [weights.length]))
}

/** The bound's integral and prior; its reconstruction is the autoencoder's. */
function boundLoss(
  { options, schedule }: LatentLossModel,
  { clean, divisor, corruption: { free, rowGamma } }: NoisyLatents,
  { mean }: LatentOutput,
): Tensor {
  const { dim } = options.latent
  const states = free.length / rowGamma.length
  const weights = Array.from(
    rowGamma,
    (gamma, b) => (0.5 * Math.exp(-gamma)) / (schedule.density(gamma) * divisor[b]),
  )
  const priorOfState = priorKl(schedule.gammaMax, dim, dim)
  let prior = 0
  const spread = new Float32Array(free.length * dim)
  free.forEach((isFree, i) => {
    if (isFree === 0) return
    const b = Math.floor(i / states)
    spread.fill(weights[b], i * dim, (i + 1) * dim)
    prior += priorOfState / divisor[b]
  })
  const errors = square(sub(clean, mean)) // [B·N, d]
  const integral = sum(mul(errors, tensor(spread, errors.shape)))
  return add(integral, scalar(prior))
}
