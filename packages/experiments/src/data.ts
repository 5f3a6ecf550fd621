/** @file What an experiment trains and tests on: a text in rows, or example rows of a task or a file. */
import { basename } from 'node:path'
import type { ExampleSet } from '@trivium/corpus'
import {
  type Dataset,
  type ExampleFile,
  encodeExamples,
  loadDataset,
  loadExampleFile,
} from '@trivium/corpus/node'
import { sha256 } from '@trivium/files'
import { type Language, parseLanguage } from '@trivium/languages'
import { createRng } from '@trivium/random'
import {
  type DatasetConfig,
  type ExperimentConfig,
  InputError,
  type LanguageDatasetConfig,
  type Manifest,
  type Paradigm,
  type SamplerConfig,
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
  /** Of the problems, however they are rendered: what `dataset.sha256` pins. */
  readonly contentSha256: string
  /** Judges answers; a file's are compared with its own. */
  readonly task: Task | null
  /** Whose rows they are, all of them to be written. */
  readonly language: Language | null
  /** Of a task that cuts its rows from a text: the training split of that. */
  readonly trainText: string | null
  /**
   * Of a model that was trained on the text and not to the task: whether it is shown a row up to its last blank alone, by the sampler
   * that shall write there, or when it is scored. Else rows are posed as they are.
   */
  readonly leftAlone?: (sampler?: Pick<SamplerConfig, 'type'>) => boolean
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
    const text = await loadText(dataset)
    return { kind: 'text', dataset: text, tokenizer: learn(text.train, false) }
  }
  if (dataset.type === 'task') {
    const data = await taskData(dataset, paradigm)
    checkPin(dataset, data.contentSha256)
    return data
  }
  if (dataset.type === 'language') {
    const data = languageData(dataset)
    checkPin(dataset, data.contentSha256)
    return data
  }
  const file = await loadExampleFile(dataset.path)
  checkPin(dataset, file.sha256)
  const learned = learn(file.trainText, true)
  return fileData(file, learned)
}

/** A text of an experiment, held against the sha256 that it pins. @throws InputError */
export async function loadText(dataset: TextDatasetConfig): Promise<Dataset> {
  const text = await loadDataset(dataset)
  checkPin(dataset, text.sha256)
  return text
}

function checkPin({ sha256: wanted }: DatasetConfig, found: string): void {
  if (wanted === undefined || wanted === found) return
  throw new InputError(
    `dataset.sha256 pins ${wanted}, but the data here have ${found}; restore them, or pin what is meant`,
  )
}

/**
 * What `dataSha256` of the experiment's data is for a model of `paradigm`; no tokenizer has to learn for it.
 * @throws InputError when they cannot be read or are not what is pinned
 */
export async function configuredSha256(dataset: DatasetConfig, paradigm: Paradigm): Promise<string> {
  if (isTextDataset(dataset)) return (await loadText(dataset)).sha256
  if (dataset.type === 'task' || dataset.type === 'language')
    return dataSha256(await loadData({ dataset }, paradigm))
  const { sha256: found } = await loadExampleFile(dataset.path)
  checkPin(dataset, found)
  return found
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

/**
 * A file in the place of a model's own test split: a text for a model of text, JSONL examples for one of problems.
 * @throws InputError when it cannot be read, or an example is longer than the context, which names file and line
 */
export async function loadOther(path: string, own: ExperimentData, context: number): Promise<ExperimentData> {
  if (own.kind === 'text') {
    const { dataset } = own
    const {
      train,
      validation,
      test,
      sha256: hash,
      name,
    } = await loadDataset({ name: 'file', path, view: dataset.view })
    const whole = train + validation + test
    return {
      ...own,
      dataset: { ...dataset, name, sha256: hash, test: whole, documents: { validation: [], test: [0] } },
    }
  }
  const data = fileData(await loadExampleFile(path, true), own.tokenizer)
  checkContext(data.examples, context)
  return data
}

/** @throws InputError for examples longer than a context, with the place of the longest */
export function checkContext(
  { length, longest }: Pick<ExampleSet, 'length' | 'longest'>,
  context: number,
): void {
  if (length > context)
    throw new InputError(
      `${longest ?? 'the examples'}: ${length} tokens with the end of the answer, more than the context ${context}; shorten the example, or train with model.context: ${length}`,
    )
}

async function loadDataOf(
  dataset: DatasetConfig,
  paradigm: Paradigm,
  tokenizer: Tokenizer,
): Promise<ExperimentData> {
  if (isTextDataset(dataset)) return { kind: 'text', dataset: await loadDataset(dataset), tokenizer }
  if (dataset.type === 'task') return { ...(await taskData(dataset, paradigm)), tokenizer }
  if (dataset.type === 'language') return { ...languageData(dataset), tokenizer }
  return fileData(await loadExampleFile(dataset.path), tokenizer)
}

const fileData = (file: ExampleFile, tokenizer: Tokenizer): ExampleData => ({
  kind: 'examples',
  examples: encodeExamples(file, tokenizer),
  tokenizer,
  contentSha256: file.sha256,
  task: null,
  language: null,
  trainText: null,
})

/** Covers all that decides the rows: of a text or file its bytes, of a task its name, version, options and rendering. */
export const dataSha256 = (data: ExperimentData): string =>
  data.kind === 'text' ? data.dataset.sha256 : data.examples.sha256

/** The paradigm for which data are read that are the same for all: the first model's, or that of the oracle. */
export const paradigmOf = ({ models }: Pick<ExperimentConfig, 'models'>): Paradigm =>
  models.at(0)?.paradigm ?? 'masked-diffusion'

/** sotu/text8, sudoku (canvas), file pairs.jsonl: what a model was trained on. */
export function datasetLabel(dataset: DatasetConfig, paradigm: Paradigm): string {
  if (isTextDataset(dataset)) return `${dataset.name}/${dataset.view}`
  if (dataset.type === 'task') return `${dataset.name} (${renderingOf(dataset, paradigm)})`
  if (dataset.type === 'language') return `${dataset.name} language`
  return `examples ${basename(dataset.path)}`
}

const dataName = (data: ExperimentData): string =>
  data.kind === 'text' ? data.dataset.name : data.examples.name

/** Tokens of every row and where the longest stands, or null where rows are cut out of a text and may have any length. */
export async function rowLength(
  config: DataConfig,
  paradigm: Paradigm,
): Promise<Pick<ExampleSet, 'length' | 'longest'> | null> {
  if (isTextDataset(config.dataset)) return null
  const data = await loadData(config, paradigm)
  return data.kind === 'text' ? null : data.examples
}

/** Every task draws the examples of this seed, whatever the experiment's: its splits are part of the task. */
const exampleSeed = 1

/** The problems of a task, in the form of `paradigm`. @throws InputError */
export async function taskData(dataset: TaskDatasetConfig, paradigm: Paradigm): Promise<ExampleData> {
  const { needsText = true, source } = taskSummaries().find((known) => known.name === dataset.name) ?? {}
  if (dataset.text !== undefined && !needsText)
    throw new InputError(`dataset.text: the task '${dataset.name}' needs no text; leave it out`)
  const texts = dataset.text === undefined ? undefined : await loadText(dataset.text)
  const task = createTask(dataset.name, dataset.options, renderingOf(dataset, paradigm), texts)
  const { name, version, options, rendering, length } = task
  // What is absent leaves no trace in the hash.
  const head = { name, version, options }
  const tail = { exampleSeed, source: source ?? undefined, text: texts?.sha256 }
  return {
    kind: 'examples',
    task,
    language: null,
    trainText: texts?.train ?? null,
    contentSha256: sha256(JSON.stringify({ ...head, ...tail })),
    tokenizer: createTokenizer({ type: 'symbols', characters: task.alphabet }, undefined, { ends: true }),
    examples: {
      name: `${name}@${version}`,
      sha256: sha256(JSON.stringify({ ...head, rendering, ...tail })),
      length,
      count: () => Number.POSITIVE_INFINITY,
      example: (split, index) => task.example(exampleSeed, split, index),
    },
  }
}

const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-'
/** Raised when the same options give other rows. */
const languageVersion = 1

/** Rows of a language: nothing is given. */
export function languageData({ name, options: settings, length }: LanguageDatasetConfig): ExampleData & {
  language: Language
} {
  const { language, options } = parseLanguage(name, settings)
  const hash = sha256(JSON.stringify({ name, version: languageVersion, options, length, exampleSeed }))
  const characters = letters.slice(0, language.vocabSize)
  return {
    kind: 'examples',
    task: null,
    language,
    trainText: null,
    contentSha256: hash,
    tokenizer: createTokenizer({ type: 'symbols', characters }),
    examples: {
      name: `${name}@${languageVersion}`,
      sha256: hash,
      length,
      count: () => Number.POSITIVE_INFINITY,
      example: (split, index) => ({
        tokens: language.sample(createRng(exampleSeed).fork('language', split, index), length),
        given: new Uint8Array(length),
      }),
    },
  }
}

/** Autoregression writes after its condition; diffusion fills blanks in place where the task has that form. */
function renderingOf({ name, rendering }: TaskDatasetConfig, paradigm: Paradigm): Rendering {
  if (paradigm === 'autoregressive') return 'sequence'
  const known = taskSummaries().find((task) => task.name === name)?.renderings ?? []
  return rendering ?? (known.includes('canvas') ? 'canvas' : 'sequence')
}
