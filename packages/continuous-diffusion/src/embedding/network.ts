/**
 * @file The network: h = Trunk(W_in·z/√(α²/d_e+σ²) + W_sc·√d_e·x̃ + MLP(sinusoids of γ)),
 * logits = W_o·h + b + s·(α/σ²)·z·eᵀ. The last term is the exact posterior of independent uniform tokens (Plaid's
 * output prior, 2305.18619, §3.2), so an untrained head already decodes clean states. With `options.placePosterior` the
 * trunk reads a posterior of this kind too: + softmax(b_p + (α/σ²)·z·eᵀ)·W_p.
 */
import {
  add,
  linear,
  mul,
  type ParamTree,
  rmsNorm,
  scale,
  softmax,
  type Tensor,
  tensor,
  zeros,
} from '@trivium/engine'
import type { Rng } from '@trivium/random'
import type { BackboneConfig } from '@trivium/schema'
import {
  initTime,
  initTrunk,
  normalTensor,
  type TimeParams,
  type TrunkParams,
  timeEmbedding,
  trunkLogits,
} from '@trivium/transformer'
import { columns, logLikelihoods } from '../gaussian/columns.ts'
import { inputScale } from '../gaussian/process.ts'
import type { CanvasShape } from './denoiser.ts'

export type ContinuousParams = {
  readonly embedding: Tensor // [V, d], trained; the process sees its rows normalised
  readonly input: Tensor // [d, D]
  readonly selfCondition: Tensor // [d, D]
  /** With `options.placePosterior` alone. */
  readonly place?: PlaceParams
  readonly time: TimeParams
} & TrunkParams

export type PlaceParams = {
  readonly bias: Tensor // [V], the log-frequencies of the tokens, learned
  readonly table: Tensor // [V, D]
} & ParamTree

/** Initial weights. Self-conditioning and head are zero: the first prediction is the output prior alone. */
export function initParams(
  backbone: BackboneConfig,
  dim: number,
  textSize: number,
  rng: Rng,
  placePosterior = false,
): ContinuousParams {
  const d = backbone.width
  return {
    embedding: normalTensor(rng.fork('embedding'), [textSize, dim], 1 / Math.sqrt(dim)),
    input: normalTensor(rng.fork('input'), [dim, d], 1 / Math.sqrt(dim)),
    selfCondition: zeros([dim, d]),
    ...(placePosterior && {
      place: { bias: zeros([textSize]), table: normalTensor(rng.fork('place'), [textSize, d], 1) },
    }),
    time: initTime(d, rng),
    ...initTrunk(backbone, textSize, rng),
  } as ContinuousParams
}

/** Rows of E [V, d] with norm 1, differentiable. */
export function unitEmbeddings(table: Tensor): Tensor {
  const [, dim] = sizes(table)
  return rmsNorm(table, tensor(new Float32Array(dim).fill(1 / Math.sqrt(dim)), [dim]))
}

export type NetworkInput = CanvasShape & {
  readonly z: Tensor // [B·L, d]
  readonly gamma: Float32Array // [B·L]
  readonly selfCondition: Tensor | null // [B·L, d]
  /** s of the output prior: 1 in a finished model. */
  readonly priorStrength: number
}

/** Logits [B·L, V]. `e` are the unit embeddings [V, d]. */
export function forward(
  params: ContinuousParams,
  backbone: BackboneConfig,
  e: Tensor,
  input: NetworkInput,
): Tensor {
  const { z, gamma, selfCondition, priorStrength, batch, length } = input
  const [, dim] = sizes(e)
  const scaled = mul(
    z,
    columns(gamma, dim, (g) => inputScale(g, dim)),
  )
  let h = add(linear(scaled, params.input), timeEmbedding(params.time, gamma)) // [B·L, D]
  if (selfCondition !== null) h = add(h, linear(scale(selfCondition, Math.sqrt(dim)), params.selfCondition))
  const likelihoods = logLikelihoods(e, z, gamma)
  if (params.place !== undefined)
    h = add(h, linear(placePosterior(params.place.bias, likelihoods), params.place.table))
  const logits = trunkLogits(params, backbone, h, { batch, length, attention: 'bidirectional' })
  return add(logits, priorStrength === 1 ? likelihoods : scale(likelihoods, priorStrength))
}

/**
 * softmax(bias + log-likelihoods) [B·L, V]: what each position says of its token by its own z. Exact where tokens are
 * independent and `bias` are their log-probabilities.
 */
export const placePosterior = (bias: Tensor, likelihoods: Tensor): Tensor => softmax(add(likelihoods, bias))

const sizes = (x: Tensor): [number, number] => x.shape as [number, number]
