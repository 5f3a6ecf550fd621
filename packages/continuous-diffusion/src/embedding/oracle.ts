/** @file Bound and samplers over any `Denoiser` of embeddings: a trained network, or an exact posterior. */
import type {
  Generation,
  GenerationRequest,
  Likelihood,
  LikelihoodOptions,
  TraceEvent,
  Vocabulary,
} from '@trivium/language-model'
import { stateBound } from '../gaussian/likelihood.ts'
import type { NoiseSchedule } from '../gaussian/process.ts'
import { decodeStates } from '../gaussian/samplers/decode.ts'
import type { Denoiser } from './denoiser.ts'
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
