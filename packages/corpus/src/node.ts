/** @file Datasets: loading, splitting and checking them. */
export type { Dataset, DatasetSummary } from './dataset.ts'
export { type ExampleFile, encodeExamples, loadExampleFile } from './examples/file.ts'
export { type LoadOptions, listDatasets, loadDataset } from './load.ts'
