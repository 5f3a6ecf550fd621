/** @file Bound and samplers over any `Denoiser` of embeddings: a trained network, or an exact posterior. */
import {
  checkRows,
  type Generation,
  type GenerationRequest,
  type LanguageModel,
  type Likelihood,
  type LikelihoodOptions,
  type TraceEvent,
  type Vocabulary,
} from '@trivium/language-model'
import { stateBound } from '../gaussian/likelihood.ts'
import { type OdeEstimate, type OdeOptions, stateEstimate } from '../gaussian/ode.ts'
import type { NoiseSchedule } from '../gaussian/process.ts'
import { decodeStates } from '../gaussian/samplers/decode.ts'
import type { Denoiser } from './denoiser.ts'
import { insideOf } from './inside.ts'
import { embeddingSpace } from './space.ts'

/** `stateBound` of rows under a denoiser of embeddings. */
export function gaussianBound(
  denoiser: Denoiser,
  schedule: NoiseSchedule,
  rows: readonly Int32Array[],
  options?: LikelihoodOptions,
): Promise<Likelihood[]> {
  return stateBound(embeddingSpace(denoiser), schedule, rows, options)
}

/**
 * `stateEstimate` of rows under a trained model: −log p by the probability-flow ODE, which is no bound and stands beside none.
 * @throws InputError for a model that is no continuous one of embeddings
 */
export async function odeEstimate(
  model: LanguageModel,
  rows: readonly Int32Array[],
  options?: OdeOptions,
): Promise<OdeEstimate[]> {
  const { space, schedule } = insideOf(model, 'odeEstimate')
  checkRows(rows, model.vocabulary, model.context, {})
  return stateEstimate(await space(), schedule, rows, options)
}

export type GaussianSampling = {
  readonly denoiser: Denoiser
  readonly schedule: NoiseSchedule
  readonly vocabulary: Vocabulary
}

/** `decodeStates` with a denoiser of embeddings. */
export function decodeGaussian(
  { denoiser, schedule, vocabulary }: GaussianSampling,
  request: GenerationRequest,
): AsyncGenerator<TraceEvent, Generation, void> {
  return decodeStates({ space: embeddingSpace(denoiser), schedule, vocabulary }, request)
}
