/**
 * @file The network over latents: h = Trunk(W_in·z + W_x·x̃ + Σ_j C_j[given token j] + MLP(sinusoids of γ)) and logits
 * W_o·h + b + s·decode(z, γ) of the r tokens of each latent: what the decoder reads in a latent by itself is the output
 * prior, as of embeddings. x̂ is the mean latent of what they say. x̃ is an earlier x̂ or, on a first look, the mean latent
 * of what the decoder reads and of the known tokens: a latent speaks to others as loud as it is certain, and what is known
 * of it stands there clean.
 */
import { add, embedding, intTensor, linear, reshape, scale, softmax, type Tensor } from '@trivium/engine'
import type { Rng } from '@trivium/random'
import type { BackboneConfig, LatentOptions } from '@trivium/schema'
import {
  initTime,
  initTrunk,
  normalTensor,
  type TimeParams,
  type TrunkParams,
  timeEmbedding,
  trunkLogits,
} from '@trivium/transformer'
import { type AutoencoderParams, decode, initAutoencoder, posteriorMean } from './autoencoder.ts'

export type LatentParams = {
  readonly autoencoder: AutoencoderParams
  readonly input: Tensor // [d, D]
  readonly condition: Tensor // [r·(V + 2), D], a table for each place in a latent; the last rows of each: behind the end, not given
  readonly estimate: Tensor // W_x [d, D]
  readonly time: TimeParams
} & TrunkParams

export function initParams(
  backbone: BackboneConfig,
  latent: LatentOptions,
  textSize: number,
  rng: Rng,
): LatentParams {
  const { dim, rate } = latent
  const { width } = backbone
  return {
    autoencoder: initAutoencoder(latent, textSize, rng.fork('autoencoder')),
    input: normalTensor(rng.fork('input'), [dim, width], 1 / Math.sqrt(dim)),
    condition: normalTensor(rng.fork('condition'), [rate * (textSize + 2), width], 0.02),
    estimate: normalTensor(rng.fork('estimate'), [dim, width], 1 / Math.sqrt(dim)),
    time: initTime(width, rng),
    ...initTrunk(backbone, rate * textSize, rng),
  } as LatentParams
}

export type LatentInput = {
  readonly batch: number
  readonly states: number
  readonly z: Tensor // [B·N, d]
  readonly gamma: Float32Array // [B·N]
  /** `knownTokens` [B·N·r]. */
  readonly known: Int32Array
  /** An earlier x̂ [B·N, d]; null on a first look. */
  readonly selfCondition: Tensor | null
  /** s of the output prior: 1 in a finished model. */
  readonly priorStrength: number
}

export type LatentOutput = {
  readonly logits: Tensor // [B·N·r, V]
  readonly mean: Tensor // x̂ [B·N, d]
}

/** The autoencoder is handed over apart: it is at rest, and no gradient is to reach it. */
export function forward(
  params: LatentParams,
  autoencoder: AutoencoderParams,
  backbone: BackboneConfig,
  input: LatentInput,
): LatentOutput {
  const { batch, states, z, gamma, known, selfCondition, priorStrength } = input
  const rate = known.length / (batch * states)
  const decoded = decode(autoencoder, z, gamma, rate) // [B·N·r, V]
  const estimate = selfCondition ?? posteriorMean(autoencoder, softmax(decoded), known, rate)
  let h = add(linear(z, params.input), timeEmbedding(params.time, gamma)) // [B·N, D]
  h = add(h, linear(estimate, params.estimate))
  const rows = params.condition.shape[0] / rate
  for (let j = 0; j < rate; j++) {
    const ids = Int32Array.from({ length: batch * states }, (_, i) => j * rows + known[i * rate + j])
    h = add(h, embedding(params.condition, intTensor(ids, [ids.length])))
  }
  const said = trunkLogits(params, backbone, h, { batch, length: states, attention: 'bidirectional' }) // [B·N, r·V]
  const logits = add(reshape(said, decoded.shape), scale(decoded, priorStrength)) // [B·N·r, V]
  return { logits, mean: posteriorMean(autoencoder, softmax(logits), known, rate) }
}
