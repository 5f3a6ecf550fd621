/** @file char, byte and byte-level BPE tokenizers. */
export { createTokenizer, tokenizerFromJSON } from './create.ts'
export type { Specials, Tokenizer, TokenizerVocabulary } from './types.ts'
