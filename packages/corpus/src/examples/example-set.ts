/** @file Example rows: a condition and an answer in one fixed length, from a task that draws them or from a user's file. */

/** A row: structurally the `Example` of the tasks package. */
export type ExampleRow = {
  /** [L]. */
  readonly tokens: Int32Array
  /** [L], 1: condition. */
  readonly given: Uint8Array
  /** [L]: what stands before anything is written, where that is not MASK. */
  readonly draft?: Int32Array
}

/** The splits of example rows. */
export type ExampleSplit = 'train' | 'validation' | 'test'

export interface ExampleSet {
  /** sudoku@1, file:pairs.jsonl. */
  readonly name: string
  /** Covers all that decides the rows. */
  readonly sha256: string
  /** Tokens L of every row. */
  readonly length: number
  /** Where the longest stands, file and line; of a task every row is as long. */
  readonly longest?: string
  /** Rows of a split; infinite for a task, whose rows are drawn. */
  count(split: ExampleSplit): number
  /** Row `index` of a split. */
  example(split: ExampleSplit, index: number): ExampleRow
}
