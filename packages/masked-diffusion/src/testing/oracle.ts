/** @file A language in the place of the network. */
import {
  type CanvasRow,
  drain,
  type Generation,
  type GenerationRequest,
  plainVocabulary,
  type TraceEvent,
  type Vocabulary,
} from '@trivium/language-model'
import { exactDenoiser, type Language, markovLanguage } from '@trivium/languages'
import { type Denoiser, decodeMasked, type SamplingModel } from '../samplers/decode.ts'

/** −log p(target) at every position [B·L]: what a mask hides does not depend on the time. */
export type MaskedScorer = (
  inputs: readonly Int32Array[],
  targets: readonly Int32Array[],
) => Promise<Float32Array>

/** Three tokens whose neighbours matter, and whose frequencies depend on the place. */
export const chainLanguage: Language = markovLanguage({
  initial: [0.6, 0.3, 0.1],
  transition: [
    [0.7, 0.2, 0.1],
    [0.1, 0.6, 0.3],
    [0.35, 0.05, 0.6],
  ],
})

export type Oracle = {
  readonly vocabulary: Vocabulary
  readonly denoise: Denoiser
  readonly score: MaskedScorer
}

/** @param noise chance that a shown token is wrong; above 0, tokens that cannot occur together are no error */
export function oracleOf(language: Language, noise: number = 0): Oracle {
  const vocabulary = plainVocabulary(language.vocabSize)
  const denoise = exactDenoiser(language, vocabulary.mask, noise)
  const score: MaskedScorer = async (inputs, targets) => {
    const logits = await denoise(inputs)
    const all = targets.flatMap((row) => Array.from(row))
    return Float32Array.from(all, (token, n) => -logits[n * vocabulary.textSize + token])
  }
  return { vocabulary, denoise, score }
}

/** `n` canvases alike. */
export function canvases(n: number, row: CanvasRow): CanvasRow[] {
  return Array.from({ length: n }, () => row)
}

/** A request written to its end. */
export function write(request: GenerationRequest, model: SamplingModel): Promise<Generation> {
  return drain(decodeMasked(request, model))
}

/** The same with the steps of one row. */
export async function watch(
  request: GenerationRequest,
  model: SamplingModel,
  row = 0,
): Promise<Generation & { events: TraceEvent[] }> {
  const events: TraceEvent[] = []
  const decoding = decodeMasked({ ...request, traceRows: [row] }, model)
  return { ...(await drain(decoding, (event) => events.push(event))), events }
}
