/** @file The rows that a model trains and is validated on, out of a text or of examples. */
import { createBatcher, createExampleBatcher } from '@trivium/corpus'
import { groupsOf, likelihoodMetrics, type ScoredRows } from '@trivium/evaluation'
import type { LanguageModel, TokenBatch } from '@trivium/language-model'
import type { ExampleData, ExperimentData, TextData } from './data.ts'
import { heldOutRowsOf } from './held-out.ts'
import { leftOf } from './problems.ts'

export type TrainingRows = {
  /** Micro-batch by index: a pure function. */
  batch(index: number): TokenBatch
  /** Rows of the validation split. */
  readonly heldOut: readonly Int32Array[]
  /** Bits a character of held-out text, or a written token of held-out answers. */
  validate(model: Pick<LanguageModel, 'logLikelihood'>, signal?: AbortSignal): Promise<number>
}
type RowOptions = { readonly batchSize: number; readonly length: number; readonly seed: number }

const validationRows = 16
/** Answers are shorter than rows of text. */
const validationExamples = 64
const scoring = { draws: 16, seed: 0 }

export const trainingRows = (data: ExperimentData, options: RowOptions): TrainingRows =>
  data.kind === 'text' ? rowsOfText(data, options) : rowsOfExamples(data, options)

function rowsOfText({ dataset, tokenizer }: TextData, options: RowOptions): TrainingRows {
  const batcher = createBatcher({ tokens: tokenizer.encode(dataset.train), ...options })
  const { length } = options
  const held = heldOutRowsOf(dataset, tokenizer, { split: 'validation', length, count: validationRows })
  return {
    batch: (index) => batcher.batch(index),
    heldOut: held.rows,
    validate: async (model, signal) =>
      (await likelihoodMetrics(model, held, { ...scoring, signal }))[0].value,
  }
}

function rowsOfExamples(data: ExampleData, { batchSize, seed }: RowOptions): TrainingRows {
  const batcher = createExampleBatcher(data.examples, { batchSize, seed })
  const { given, ...held } = scoredExamples(data, 'validation', validationExamples)
  return {
    batch: (index) => batcher.batch(index),
    heldOut: held.rows,
    validate: async (model, signal) =>
      (await likelihoodMetrics(model, held, { ...scoring, given, signal }))[0].value,
  }
}

/** Rows with their conditions; their characters are the tokens of each answer, EOS included and PAD not. */
export type ScoredExamples = ScoredRows & { readonly given: Uint8Array[] }

/** The first `count` examples of a split, fewer where it has fewer. */
export function scoredExamples(
  { examples, tokenizer, leftAlone }: ExampleData,
  split: 'validation' | 'test',
  count: number,
): ScoredExamples {
  const { pad } = tokenizer.vocabulary
  const rows = Array.from({ length: Math.min(count, examples.count(split)) }, (_, i) => {
    const row = examples.example(split, i)
    return leftAlone?.() === true ? leftOf(row) : row
  })
  return {
    rows: rows.map(({ tokens }) => tokens),
    given: rows.map(({ given }) => given),
    characters: rows.map(
      ({ tokens, given }) => tokens.filter((token, l) => given[l] === 0 && token !== pad).length,
    ),
    ...groupsOf(rows.length, 'examples'),
  }
}
