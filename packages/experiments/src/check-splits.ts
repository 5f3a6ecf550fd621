/** @file Whether a tokenizer knows every split of a text and finds a row in each: asked before the training, not after it. */
import type { Dataset } from '@trivium/corpus/node'
import { InputError, type TokenizerConfig } from '@trivium/schema'
import { createTokenizer, longestToken, type Tokenizer } from '@trivium/tokenizer'

type Split = 'train' | 'validation' | 'test'
/** Tokens of the longest row that is cut from a split. */
export type RowLengths = Readonly<Partial<Record<Split, number>>>

/**
 * The tokenizer that an experiment will have, as far as its splits depend on it. Learning BPE takes time, so it does so only
 * where the bytes alone do not tell that there is a row.
 */
export function splitTokenizer(config: TokenizerConfig, dataset: Dataset, rows: RowLengths): Tokenizer {
  if (config.type !== 'bpe') return createTokenizer(config)
  const entries = Object.entries(rows) as [Split, number][]
  const surely = entries.every(([split, length]) => dataset[split].length >= length * longestToken)
  return surely ? createTokenizer({ type: 'byte' }) : createTokenizer(config, dataset.train)
}

/** @throws InputError that names the split, and the character that has no id or the tokens that are missing */
export function checkSplits(dataset: Dataset, tokenizer: Tokenizer, rows: RowLengths): void {
  for (const [split, length] of Object.entries(rows) as [Split, number][]) {
    const tokens = encoded(dataset, split, tokenizer).length
    if (tokens < length)
      throw new InputError(
        `the ${split} split of ${dataset.name} has ${tokens} tokens, less than one row of ${length}; use a longer text or a shorter model.context`,
      )
  }
}

function encoded(dataset: Dataset, split: Split, tokenizer: Tokenizer): Int32Array {
  try {
    return tokenizer.encode(dataset[split])
  } catch (error) {
    if (error instanceof InputError)
      throw new InputError(`the ${split} split of ${dataset.name}: ${error.message}`)
    throw error
  }
}
