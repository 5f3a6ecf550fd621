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
import { createSymbolTokenizer } from './symbols.ts'
import type { Tokenizer } from './types.ts'

/**
 * The tokenizer of a configuration. BPE learns its merges from `trainingText`; give it the training split only.
 * @param options.ends whether EOS and PAD may be written, as rows whose answers differ in length need
 * @param options.onProgress called while BPE learns
 * @throws InputError when BPE gets no text
 */
export function createTokenizer(
  config: TokenizerConfig,
  trainingText?: string,
  { ends = false, onProgress }: { ends?: boolean; onProgress?: BpeProgress } = {},
): Tokenizer {
  switch (config.type) {
    case 'char':
      return createCharTokenizer(config.alphabet, ends)
    case 'symbols':
      return createSymbolTokenizer(config.characters, ends)
    case 'byte':
      return createByteTokenizer(ends)
    case 'bpe':
      if (!trainingText)
        throw new InputError('tokenizer type bpe learns from text and got none; pass the training split')
      return createBpeTokenizer(trainBpe(trainingText, config.vocabSize, onProgress), ends)
    default:
      return config satisfies never
  }
}

/**
 * A tokenizer from what its `toJSON()` gave.
 * @param what names the value and where it stands in errors, e.g. `runs/x/manifest.json: the tokenizer`
 * @throws InputError that names the first key that does not fit
 */
export function tokenizerFromJSON(json: unknown, what: string = 'the tokenizer'): Tokenizer {
  const file: TokenizerFile = parseInput(tokenizerFileSchema, json, what)
  const { ends = false } = file
  switch (file.type) {
    case 'char':
      return createCharTokenizer(file.alphabet, ends)
    case 'symbols':
      return createSymbolTokenizer(file.characters, ends)
    case 'byte':
      return createByteTokenizer(ends)
    case 'bpe':
      return createBpeTokenizer(file.merges, ends)
    default:
      return file satisfies never
  }
}
