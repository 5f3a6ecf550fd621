/** @file Splits, token streams, batches and synthetic languages with exact oracles. Loading datasets needs Node: `@trivium/corpus/node`. */
export { type Batch, type Batcher, type BatcherOptions, createBatcher, heldOutRows } from './batches.ts'
export type { Dataset, DatasetSummary } from './dataset.ts'
export { createLanguage, type LanguageSpec } from './languages/create.ts'
export { type HmmParameters, hmmLanguage } from './languages/hmm.ts'
export { iidLanguage } from './languages/iid.ts'
export type { SyntheticLanguage } from './languages/language.ts'
export { type MarkovParameters, markovLanguage } from './languages/markov.ts'
export { prepareText, type TextView } from './normalise.ts'
