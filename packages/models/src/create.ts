/** @file A model of any paradigm with initial weights. */
import { createAutoregressive } from '@trivium/autoregressive'
import { createContinuousDiffusion } from '@trivium/continuous-diffusion'
import type { LanguageModel, Vocabulary } from '@trivium/language-model'
import { createMaskedDiffusion } from '@trivium/masked-diffusion'
import { createRng } from '@trivium/random'
import type { BackboneConfig, ModelEntry } from '@trivium/schema'

export type NewModel = {
  readonly entry: ModelEntry
  readonly backbone: BackboneConfig
  readonly vocabulary: Vocabulary
  readonly seed: number
  /** What a model with `options.distil` learns from; none where it is only used. */
  readonly teacher?: Pick<LanguageModel, 'generate'>
}

/** A model with initial weights: the same seed gives the same backbone to every paradigm. */
export function createModel({ entry, backbone, vocabulary, seed, teacher }: NewModel): LanguageModel {
  const shared = { backbone, vocabulary, rng: createRng(seed).fork('init') }
  switch (entry.paradigm) {
    case 'autoregressive':
      return createAutoregressive({ ...shared, options: entry.options })
    case 'masked-diffusion':
      return createMaskedDiffusion({ ...shared, options: entry.options, teacher })
    case 'continuous-diffusion':
      return createContinuousDiffusion({ ...shared, options: entry.options, teacher })
    default:
      return entry satisfies never
  }
}
