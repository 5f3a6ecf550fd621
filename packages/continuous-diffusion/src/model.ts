/** @file The continuous-diffusion language model, in the space that its options name. */
import type { LanguageModel } from '@trivium/language-model'
import type { ContinuousDiffusionConfig } from './config.ts'
import { createEmbeddingDiffusion } from './embedding/model.ts'
import { createLatentDiffusion } from './latent/model.ts'

/** A new model with initial weights: of embeddings, or of latents where `options.latent` is given. */
export function createContinuousDiffusion(config: ContinuousDiffusionConfig): LanguageModel {
  const { latent } = config.options
  return latent === undefined
    ? createEmbeddingDiffusion(config)
    : createLatentDiffusion({ ...config, options: { ...config.options, latent } })
}
