/**
 * @file The losses of both phases. First the autoencoder's: cross-entropy of the text from its latents at the noise of γ₀.
 * Then, with the autoencoder at rest, the process': squared error of v, or the bound's integrand.
 */
import {
  add,
  crossEntropy,
  intTensor,
  keep,
  mul,
  scalar,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  tidy,
} from '@trivium/engine'
import { freeCounts, type LossContext, type TokenBatch } from '@trivium/language-model'
import type { BackboneConfig, ContinuousOptions, LatentOptions } from '@trivium/schema'
import { type Corruption, drawCorruption, drawFree } from '../gaussian/corruption.ts'
import type { Observation } from '../gaussian/observer.ts'
import { alphaOf, type NoiseSchedule, priorKl, sigmaOf } from '../gaussian/process.ts'
import { decode, encode, fixedLatents, knownTokens, padded } from './autoencoder.ts'
import { forward, type LatentInput, type LatentParams } from './network.ts'

export type LatentLossModel = {
  readonly params: LatentParams
  /** The same weights under tensors that the tape does not follow. */
  readonly constants: LatentParams
  readonly backbone: BackboneConfig
  readonly options: ContinuousOptions & { readonly latent: LatentOptions }
  readonly schedule: NoiseSchedule
  readonly textSize: number
}

const rowsOf = <T extends Int32Array | Uint8Array>(x: T, length: number): T[] =>
  Array.from({ length: x.length / length }, (_, b) => x.subarray(b * length, (b + 1) * length) as T)

/** Nats a token that is not given, from latents with the relative noise σ₀/α₀ that the bound's reconstruction has. */
export function autoencoderLoss(
  { params, options, schedule, textSize }: LatentLossModel,
  batch: TokenBatch,
  { rng, rowOffset }: LossContext,
): Tensor {
  const { rate, dim } = options.latent
  const tokens = padded(rowsOf(batch.tokens, batch.length), rate, textSize)
  const size = (tokens.length / rate / batch.batch) * dim
  const sigma = sigmaOf(schedule.gammaMin) / alphaOf(schedule.gammaMin)
  const noise = new Float32Array(batch.batch * size)
  for (let b = 0; b < batch.batch; b++)
    noise.set(
      rng
        .fork('noise', rowOffset + b)
        .normals(size)
        .map((x) => sigma * x),
      b * size,
    )
  const latents = encode(params.autoencoder, tokens)
  const logits = decode(params.autoencoder, add(latents, tensor(noise, latents.shape)), rate)
  // All tokens teach the autoencoder, given ones too: it is to know every text.
  const counted = tokens.reduce((n, token) => n + (token < textSize ? 1 : 0), 0)
  const weights = Float32Array.from(tokens, (token) => (token < textSize ? 1 / counted : 0))
  const targets = tokens.map((token) => Math.min(token, textSize - 1))
  return crossEntropy(logits, intTensor(targets, [targets.length]), tensor(weights, [weights.length]))
}

/**
 * v: mean over rows of the squared error a coordinate of v̂ = (α·z − x̂)/σ, which is that of x̂ over σ². vlb: nats a token
 * of the bound's integral and prior (the reconstruction is the autoencoder's).
 */
export function processLoss(
  model: LatentLossModel,
  batch: TokenBatch,
  context: LossContext,
): { loss: Tensor; observation: Observation } {
  const { params, constants, backbone, options, schedule } = model
  const { dim } = options.latent
  const drawn = draw(model, batch, context)
  const { corruption, input, clean } = drawn
  const conditioned = context.rng.fork('self-condition').uniform() < options.selfConditioning
  const first = conditioned ? firstEstimate(model, input) : null
  const errors = square(
    sub(clean, forward(params, constants.autoencoder, backbone, { ...input, selfCondition: first })),
  ) // [B·N, d]
  const values = keep(tidy(() => mul(sum(errors, 1), scalar(1 / dim))))
  const weights = weightsOf(model, corruption)
  const loss = sum(mul(errors, tensor(spread(weights, dim), errors.shape)))
  if (options.objective !== 'vlb') return { loss, observation: { values, corruption } }
  const prior = priorKl(schedule.gammaMax, dim, dim) / options.latent.rate
  return { loss: add(loss, scalar(prior)), observation: { values, corruption } }
}

/** Latents, noise and conditions of a batch. Rows without given positions of their own get some at random. */
function draw(model: LatentLossModel, batch: TokenBatch, context: LossContext) {
  const { constants, options, schedule, textSize } = model
  const { rate, dim } = options.latent
  const rows = rowsOf(batch.tokens, batch.length)
  const pins = rows.map((_, b) =>
    batch.given === undefined
      ? drawFree(batch.length, context.rng.fork('pin', context.rowOffset + b), options.pinnedProbability).map(
          (free) => 1 - free,
        )
      : batch.given.subarray(b * batch.length, (b + 1) * batch.length),
  )
  freeCounts(batch)
  const states = Math.ceil(batch.length / rate)
  const shape = { batch: batch.batch, length: states, given: fixedLatents(pins, rate) }
  const { conditionDropout } = options
  const how = {
    embeddingDim: dim,
    objective: 'cross-entropy',
    pinnedProbability: 0,
    conditionDropout,
  } as const
  const drawn = drawCorruption(shape, context, schedule, how)
  // What was pinned at random makes a row easier than its noise level: the warp does not learn from it.
  const pinned = Uint8Array.from(pins, (flags) => (batch.given === undefined && flags.includes(1) ? 1 : 0))
  const corruption = { ...drawn, pinned }
  const nothing = new Uint8Array(batch.length)
  const conditions = rows.map((tokens, b) => ({
    tokens,
    given: corruption.dropped[b] === 1 ? nothing : pins[b],
  }))
  const known = knownTokens(conditions, rate, textSize)
  const clean = tidy(() => encode(constants.autoencoder, padded(rows, rate, textSize)))
  const z = add(mul(clean, tensor(corruption.alpha, clean.shape)), tensor(corruption.noise, clean.shape))
  const input: LatentInput = {
    batch: batch.batch,
    states,
    z,
    gamma: corruption.gamma,
    known,
    selfCondition: null,
  }
  return { corruption, input, clean }
}

/** x̃ = x̂(z, γ, 0) on the same z [B·N, d]. Made of constants only, so no gradient flows into the first pass. */
const firstEstimate = ({ constants, backbone }: LatentLossModel, input: LatentInput): Tensor =>
  tidy(() => forward(constants, constants.autoencoder, backbone, input))

/** A weight for each free state, by its row's noise level; rows weigh alike. */
function weightsOf(
  { options, schedule }: LatentLossModel,
  { free, rowGamma, divisor }: Corruption,
): Float32Array {
  const { dim, rate } = options.latent
  const states = free.length / rowGamma.length
  const weights = Array.from(rowGamma, (gamma, b) => {
    if (options.objective !== 'vlb') return 1 / (sigmaOf(gamma) ** 2 * dim * divisor[b])
    return (0.5 * Math.exp(-gamma)) / (schedule.density(gamma) * rate * divisor[b])
  })
  return Float32Array.from(free, (isFree, i) => (isFree === 1 ? weights[Math.floor(i / states)] : 0))
}

/** A weight of each state for each of its coordinates [B·N·d]. */
function spread(weights: Float32Array, dim: number): Float32Array {
  const out = new Float32Array(weights.length * dim)
  weights.forEach((w, i) => {
    out.fill(w, i * dim, (i + 1) * dim)
  })
  return out
}
