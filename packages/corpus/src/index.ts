/** @file Splits, token streams and batches. Loading datasets needs Node: `@trivium/corpus/node`. */
export { type Batch, type Batcher, type BatcherOptions, createBatcher, heldOutRows } from './batches.ts'
export type { Dataset, DatasetSummary } from './dataset.ts'
export { prepareText, type TextView } from './normalise.ts'
