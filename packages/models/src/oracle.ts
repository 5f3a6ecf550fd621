/** @file The exact denoiser of a language in the place of a network: what its samplers get wrong is their own (2602.19619). */
import type { LanguageModel, Vocabulary } from '@trivium/language-model'
import { exactDenoiser, type Language } from '@trivium/languages'
import { createAbsorbingProcess, decodeMasked } from '@trivium/masked-diffusion'

/**
 * Tokens that a sampler has drawn apart may be impossible together. The oracle then takes each for wrong with this chance,
 * and goes on; where all texts are possible it changes no digit that is shown.
 */
const doubt = 1e-6

/** A masked model without weights or error. */
export function createOracle(
  language: Language,
  vocabulary: Vocabulary,
): Pick<LanguageModel, 'decode' | 'vocabulary'> {
  const model = {
    denoise: exactDenoiser(language, vocabulary.mask, doubt),
    vocabulary,
    process: createAbsorbingProcess('linear'),
  }
  return { vocabulary, decode: (request) => decodeMasked(request, model) }
}
