/** @file Text and tokens of an experiment, the same for every model in it. */
import type { Dataset } from '@trivium/corpus/node'
import { loadDataset } from '@trivium/corpus/node'
import type { DatasetConfig, TokenizerConfig } from '@trivium/schema'
import { createTokenizer, type Tokenizer } from '@trivium/tokenizer'

export type ExperimentData = { readonly dataset: Dataset; readonly tokenizer: Tokenizer }

/** How far a BPE tokenizer has learned. */
export type TokenizerProgress = { readonly merges: number; readonly totalMerges: number }

/** Loads the dataset (sha256 checked) and makes its tokenizer; a BPE tokenizer is trained on the train split. */
export async function loadData(
  config: { dataset: DatasetConfig; tokenizer: TokenizerConfig },
  onProgress?: (progress: TokenizerProgress) => void,
): Promise<ExperimentData> {
  const dataset = await loadDataset(config.dataset)
  const tokenizer = createTokenizer(config.tokenizer, dataset.train, {
    onProgress: (merges, totalMerges) => onProgress?.({ merges, totalMerges }),
  })
  return { dataset, tokenizer }
}
