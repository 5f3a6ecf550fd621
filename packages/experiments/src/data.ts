/** @file What an experiment trains and tests on: a text in rows, or example rows of a task or a file. */
import { basename } from 'node:path'
import type { ExampleSet } from '@trivium/corpus'
import { type Dataset, encodeExamples, loadDataset, loadExampleFile } from '@trivium/corpus/node'
import { sha256 } from '@trivium/files'
import {
  type DatasetConfig,
  type ExamplesDatasetConfig,
  InputError,
  type Manifest,
  type Paradigm,
  type TaskDatasetConfig,
  type TextDatasetConfig,
  type TokenizerConfig,
} from '@trivium/schema'
import { createTask, type Rendering, type Task, taskSummaries } from '@trivium/tasks'
import { createTokenizer, type Tokenizer } from '@trivium/tokenizer'

/** A stream of text, the same for every model of the experiment. */
export type TextData = { readonly kind: 'text'; readonly dataset: Dataset; readonly tokenizer: Tokenizer }
/** Rows with a condition and an answer. */
export type ExampleData = {
  readonly kind: 'examples'
  readonly examples: ExampleSet
  readonly tokenizer: Tokenizer
  /** Judges answers; a file's are compared with its own. */
  readonly task: Task | null
}
export type ExperimentData = TextData | ExampleData

/** How far a BPE tokenizer has learned. */
export type TokenizerProgress = { readonly merges: number; readonly totalMerges: number }

type DataConfig = { readonly dataset: DatasetConfig; readonly tokenizer?: TokenizerConfig }

export const isTextDataset = (dataset: DatasetConfig): dataset is TextDatasetConfig =>
  dataset.type === undefined || dataset.type === 'text'

/**
 * Loads the text (sha256 checked) or the examples and makes the tokenizer; a BPE tokenizer is trained on the train split.
 * @param paradigm decides how a task is rendered where the config does not
 * @throws InputError
 */
export async function loadData(
  { dataset, tokenizer }: DataConfig,
  paradigm: Paradigm,
  onProgress?: (progress: TokenizerProgress) => void,
): Promise<ExperimentData> {
  const learn = (text: string, ends: boolean): Tokenizer => {
    if (tokenizer === undefined) throw new InputError('the tokenizer is missing; name one such as type: char')
    return createTokenizer(tokenizer, text, {
      ends,
      onProgress: (merges, totalMerges) => onProgress?.({ merges, totalMerges }),
    })
  }
  if (isTextDataset(dataset)) {
    const text = await loadDataset(dataset)
    return { kind: 'text', dataset: text, tokenizer: learn(text.train, false) }
  }
  if (dataset.type === 'task') return taskData(dataset, paradigm)
  const file = await loadExampleFile(dataset.path)
  const learned = learn(file.trainText, true)
  return { kind: 'examples', examples: encodeExamples(file, learned), tokenizer: learned, task: null }
}

/**
 * The data of a finished model, with the tokenizer that it was trained with.
 * @throws InputError when they are gone or have changed
 */
export async function loadTrainedOn(
  checkpoint: string,
  { dataset, paradigm, datasetSha256 }: Manifest,
  tokenizer: Tokenizer,
): Promise<ExperimentData> {
  const data = await loadDataOf(dataset, paradigm, tokenizer)
  const hash = dataSha256(data)
  if (hash !== datasetSha256)
    throw new InputError(
      `${checkpoint} was trained on another version of ${dataName(data)} (sha256 ${datasetSha256.slice(0, 12)}…, here ${hash.slice(0, 12)}…); train again`,
    )
  return data
}

async function loadDataOf(
  dataset: DatasetConfig,
  paradigm: Paradigm,
  tokenizer: Tokenizer,
): Promise<ExperimentData> {
  if (isTextDataset(dataset)) return { kind: 'text', dataset: await loadDataset(dataset), tokenizer }
  if (dataset.type === 'task') return { ...taskData(dataset, paradigm), tokenizer }
  const file: ExamplesDatasetConfig = dataset
  return {
    kind: 'examples',
    examples: encodeExamples(await loadExampleFile(file.path), tokenizer),
    tokenizer,
    task: null,
  }
}

/** Covers all that decides the rows: of a text or file its bytes, of a task its name, version, options and rendering. */
export const dataSha256 = (data: ExperimentData): string =>
  data.kind === 'text' ? data.dataset.sha256 : data.examples.sha256

/** sotu/text8, sudoku (canvas), file pairs.jsonl: what a model was trained on. */
export function datasetLabel(dataset: DatasetConfig, paradigm: Paradigm): string {
  if (isTextDataset(dataset)) return `${dataset.name}/${dataset.view}`
  if (dataset.type === 'task') return `${dataset.name} (${renderingOf(dataset, paradigm)})`
  return `examples ${basename(dataset.path)}`
}

const dataName = (data: ExperimentData): string =>
  data.kind === 'text' ? data.dataset.name : data.examples.name

/** Tokens of every row, or null where rows are cut out of a text and may have any length. */
export async function rowLength(config: DataConfig, paradigm: Paradigm): Promise<number | null> {
  if (isTextDataset(config.dataset)) return null
  const data = await loadData(config, paradigm)
  return data.kind === 'text' ? null : data.examples.length
}

/** Every task draws the examples of this seed, whatever the experiment's: its splits are part of the task. */
const exampleSeed = 1

function taskData(dataset: TaskDatasetConfig, paradigm: Paradigm): ExampleData {
  const task = createTask(dataset.name, dataset.options, renderingOf(dataset, paradigm))
  const { name, version, options, rendering, length } = task
  return {
    kind: 'examples',
    task,
    tokenizer: createTokenizer({ type: 'symbols', characters: task.alphabet }, undefined, { ends: true }),
    examples: {
      name: `${name}@${version}`,
      sha256: sha256(JSON.stringify({ name, version, options, rendering, exampleSeed })),
      length,
      count: () => Number.POSITIVE_INFINITY,
      example: (split, index) => task.example(exampleSeed, split, index),
    },
  }
}

/** Autoregression writes after its condition; diffusion fills blanks in place where the task has that form. */
function renderingOf({ name, rendering }: TaskDatasetConfig, paradigm: Paradigm): Rendering {
  if (paradigm === 'autoregressive') return 'sequence'
  const known = taskSummaries.find((task) => task.name === name)?.renderings ?? []
  return rendering ?? (known.includes('canvas') ? 'canvas' : 'sequence')
}
