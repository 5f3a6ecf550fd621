/**
 * @file The network over latents: v̂ from h = Trunk(W_in·z + W_sc·x̃ + Σ_j C_j[given token j] + MLP(sinusoids of γ)) and
 * x = α·z − σ·v̂ (Salimans & Ho 2022, 2202.00512), untrained the best guess for noise of variance 1. Then
 * x̂ = (σ⁴·x + α⁴·encode(decode(x)))/(σ⁴ + α⁴): where noise is small the autoencoder's round trip moves x to the latent of
 * the text that it is nearly, so that a squared error weighed by e^{−γ} can vanish.
 */
import { add, embedding, intTensor, linear, mul, sub, type Tensor, zeros } from '@trivium/engine'
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
import { columns } from '../gaussian/columns.ts'
import { alphaOf, sigmaOf, sigmoid } from '../gaussian/process.ts'
import { type AutoencoderParams, decode, encodeSoft, initAutoencoder } from './autoencoder.ts'

export type LatentParams = {
  readonly autoencoder: AutoencoderParams
  readonly input: Tensor // [d, D]
  readonly condition: Tensor // [r·(V + 2), D], a table for each place in a latent; the last rows of each: behind the end, not given
  readonly selfCondition: Tensor // [d, D]
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
    selfCondition: zeros([dim, width]),
    time: initTime(width, rng),
    ...initTrunk(backbone, dim, rng),
  } as LatentParams
}

export type LatentInput = {
  readonly batch: number
  readonly states: number
  readonly z: Tensor // [B·N, d]
  readonly gamma: Float32Array // [B·N]
  /** `knownTokens` [B·N·r]. */
  readonly known: Int32Array
  readonly selfCondition: Tensor | null // [B·N, d]
}

/** x̂ [B·N, d]. The autoencoder is handed over apart: it is at rest, and no gradient is to reach it. */
export function forward(
  params: LatentParams,
  autoencoder: AutoencoderParams,
  backbone: BackboneConfig,
  input: LatentInput,
): Tensor {
  const { batch, states, z, gamma, known, selfCondition } = input
  const [dim] = params.input.shape
  const rate = known.length / (batch * states)
  let h = add(linear(z, params.input), timeEmbedding(params.time, gamma)) // [B·N, D]
  if (selfCondition !== null) h = add(h, linear(selfCondition, params.selfCondition))
  const rows = params.condition.shape[0] / rate
  for (let j = 0; j < rate; j++) {
    const ids = Int32Array.from({ length: batch * states }, (_, i) => j * rows + known[i * rate + j])
    h = add(h, embedding(params.condition, intTensor(ids, [ids.length])))
  }
  const v = trunkLogits(params, backbone, h, { batch, length: states, attention: 'bidirectional' })
  const x = sub(mul(z, columns(gamma, dim, alphaOf)), mul(v, columns(gamma, dim, sigmaOf)))
  const round = encodeSoft(autoencoder, decode(autoencoder, x, rate), known)
  return add(
    mul(
      x,
      columns(gamma, dim, (g) => sigmoid(2 * g)),
    ),
    mul(
      round,
      columns(gamma, dim, (g) => sigmoid(-2 * g)),
    ),
  )
}
