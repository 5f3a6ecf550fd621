/** @file Token ids without a tokenizer. */
import type { Vocabulary } from './contract.ts'

/** Text is 0 … textSize-1; MASK, BOS, EOS and PAD follow, in this order. */
export function plainVocabulary(textSize: number): Vocabulary {
  return {
    size: textSize + 4,
    textSize,
    mask: textSize,
    bos: textSize + 1,
    eos: textSize + 2,
    pad: textSize + 3,
  }
}
