/** @file Splits, token streams and batches. Loading datasets needs Node: `@trivium/corpus/node`. */
export { type Batch, type Batcher, type BatcherOptions, createBatcher, heldOutStarts } from './batches.ts'
export type { Dataset, DatasetSummary } from './dataset.ts'
export { createExampleBatcher, type ExampleBatch, type ExampleBatcher } from './examples/batches.ts'
export type { ExampleRow, ExampleSet, ExampleSplit } from './examples/example-set.ts'
export { prepareText, type TextView } from './normalise.ts'
