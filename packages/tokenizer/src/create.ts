/** @file From a configuration, or from JSON, to a tokenizer. */
import {
  InputError,
  parseInput,
  type TokenizerConfig,
  type TokenizerFile,
  tokenizerFileSchema,
} from '@trivium/schema'
import { createBpeTokenizer } from './bpe.ts'
import { type BpeProgress, trainBpe } from './bpe-train.ts'
import { createByteTokenizer } from './byte.ts'
import { createCharTokenizer } from './char.ts'
import type { Tokenizer } from './types.ts'

/**
 * The tokenizer of a configuration. BPE learns its merges from `trainingText`; give it the training split only.
 * @param onProgress called while BPE learns: merges so far, and at most
 * @throws InputError when BPE gets no text
 */
export function createTokenizer(
  config: TokenizerConfig,
  trainingText?: string,
  onProgress?: BpeProgress,
): Tokenizer {
  if (config.type === 'char') return createCharTokenizer(config.alphabet)
  if (config.type === 'byte') return createByteTokenizer()
  if (!trainingText)
    throw new InputError('tokenizer type bpe learns from text and got none; pass the training split')
  return createBpeTokenizer(trainBpe(trainingText, config.vocabSize, onProgress))
}

/**
 * A tokenizer from what its `toJSON()` gave.
 * @param what names the value and where it stands in errors, e.g. `runs/x/manifest.json: the tokenizer`
 * @throws InputError that names the first key that does not fit
 */
export function tokenizerFromJSON(json: unknown, what: string = 'the tokenizer'): Tokenizer {
  const file: TokenizerFile = parseInput(tokenizerFileSchema, json, what)
  if (file.type === 'char') return createCharTokenizer(file.alphabet)
  if (file.type === 'byte') return createByteTokenizer()
  return createBpeTokenizer(file.merges)
}
