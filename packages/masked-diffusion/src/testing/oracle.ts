/** @file A language in the place of the network. */

import type { CanvasRow, Vocabulary } from '@trivium/language-model'
import { exactDenoiser, type Language } from '@trivium/languages'
import type { PositionScorer } from '../likelihood.ts'
import type { Denoiser } from '../samplers/sample.ts'

export type Oracle = {
  readonly vocabulary: Vocabulary
  readonly denoise: Denoiser
  readonly score: PositionScorer
}

export function oracleOf(language: Language): Oracle {
  const vocabulary = testVocabulary(language.vocabSize)
  const denoise = exactDenoiser(language, vocabulary.mask)
  const score: PositionScorer = async (inputs, targets) => {
    const logits = await denoise(inputs)
    const all = targets.flatMap((row) => Array.from(row))
    return Float32Array.from(all, (token, n) => -logits[n * vocabulary.textSize + token])
  }
  return { vocabulary, denoise, score }
}

function testVocabulary(textSize: number): Vocabulary {
  return {
    size: textSize + 4,
    textSize,
    mask: textSize,
    bos: textSize + 1,
    eos: textSize + 2,
    pad: textSize + 3,
  }
}

/** `n` canvases alike. */
export function canvases(n: number, row: CanvasRow): CanvasRow[] {
  return Array.from({ length: n }, () => row)
}
