/** @file The held-out text of an experiment as it is scored and compared: its rows, and how many characters a text has. */
import { heldOutStarts } from '@trivium/corpus'
import type { Dataset } from '@trivium/corpus/node'
import { commonCharacters, type HeldOutRows, heldOutLimit, scoredRows } from '@trivium/evaluation'
import { readManifest } from '@trivium/models/node'
import { type Tokenizer, tokenizerFromJSON } from '@trivium/tokenizer'
import type { CheckedConfig } from './check.ts'
import { isTextDataset, loadTrainedOn } from './data.ts'

type RowOptions = { readonly split: 'validation' | 'test'; readonly length: number; readonly count: number }

/** The same rows for every model of one tokenizer and row length. Bytes are counted where a token is no character. */
export function heldOutRowsOf(
  dataset: Dataset,
  tokenizer: Tokenizer,
  { split, length, count }: RowOptions,
): HeldOutRows {
  const tokens = tokenizer.encode(dataset[split])
  const starts = heldOutStarts(tokens, length, count)
  const rows = scoredRows(tokens, { starts, length, documents: dataset.documents[split] }, tokenizer)
  return tokenizer.type === 'byte' || tokenizer.type === 'bpe' ? rows : { ...rows, bytes: undefined }
}

/** Characters that a text of `length` tokens has for sure, of those that held-out rows can have. */
export function charactersOf(dataset: Dataset, tokenizer: Tokenizer, length: number): number {
  const tokens = tokenizer.encode(dataset.test)
  return Math.min(commonCharacters(tokens, length, tokenizer), heldOutLimit(dataset.test))
}

/**
 * The characters that the texts of all these checkpoints and of all controls are cut to: the fewest over their tokenizers.
 * Null where none of them writes free text, also a model of text that answers problems.
 */
export async function comparedCharacters(
  checkpoints: readonly string[],
  { dataset, evaluation: { length } }: Pick<CheckedConfig, 'dataset' | 'evaluation'>,
): Promise<number | null> {
  if (!isTextDataset(dataset)) return null
  const known = new Map<string, number>()
  for (const checkpoint of checkpoints) {
    const manifest = readManifest(checkpoint)
    const tokenizer = tokenizerFromJSON(manifest.tokenizer, `${checkpoint}/manifest.json: the tokenizer`)
    const key = `${tokenizer.fingerprint} ${manifest.datasetSha256}`
    if (known.has(key)) continue
    const data = await loadTrainedOn(checkpoint, manifest, tokenizer)
    if (data.kind === 'text') known.set(key, charactersOf(data.dataset, tokenizer, length))
  }
  return known.size === 0 ? null : Math.min(...known.values())
}
