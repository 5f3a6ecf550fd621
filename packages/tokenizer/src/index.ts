/** @file char, byte and byte-level BPE tokenizers. */
export { createTokenizer, tokenizerFromJSON } from './create.ts'
export { longestToken } from './pieces.ts'
export type { Specials, Tokenizer, TokenizerVocabulary } from './types.ts'
