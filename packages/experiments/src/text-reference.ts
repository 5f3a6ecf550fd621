/**
 * @file A model that was trained on a text, asked problems of a task that is cut from that very text. It was not trained to the
 * task: the problems are posed in the form in which its paradigm continues, fills or corrects text.
 */
import type { Dataset } from '@trivium/corpus/node'
import {
  type DatasetConfig,
  InputError,
  type Manifest,
  type ModelEntry,
  type SamplerConfig,
  type TaskDatasetConfig,
} from '@trivium/schema'
import { taskSummaries } from '@trivium/tasks'
import type { Tokenizer } from '@trivium/tokenizer'
import { datasetLabel, type ExampleData, isTextDataset, loadText, loadTrainedOn, taskData } from './data.ts'

/** A task of an experiment that names the text which its rows are cut from. */
export type TextTask = TaskDatasetConfig & { readonly text: NonNullable<TaskDatasetConfig['text']> }

/** The task that a model answers which was trained on a text; null where it has problems or a text of its own. */
export const textTaskOf = (dataset: DatasetConfig, manifest: Pick<Manifest, 'dataset'>): TextTask | null =>
  dataset.type === 'task' && dataset.text !== undefined && isTextDataset(manifest.dataset)
    ? (dataset as TextTask)
    : null

/** What its problems depend on beside the text, which the model's own data hash covers. */
export function taskIdentity({ name, options }: TextTask): unknown {
  const { version, source } = taskSummaries().find((known) => known.name === name) ?? {}
  return { name, options, version, source }
}

type Trained = {
  readonly checkpoint: string
  readonly manifest: Manifest
  readonly tokenizer: Tokenizer
}

/**
 * The problems in the tokens of a model that was trained on their text: the blanks in place, both sides around them.
 * @throws InputError when its text is another or has changed, when it has seen what the task holds out, and when its tokenizer
 * and the task do not agree on a character
 */
export async function loadTextTask(
  task: TextTask,
  { checkpoint, manifest, tokenizer }: Trained,
): Promise<ExampleData> {
  const own = await loadTrainedOn(checkpoint, manifest, tokenizer)
  const text = await loadText(task.text)
  if (own.kind !== 'text' || own.dataset.sha256 !== text.sha256)
    throw new InputError(
      `${checkpoint} was trained on another text than ${datasetLabel(task.text, manifest.paradigm)} (sha256 ${manifest.datasetSha256.slice(0, 12)}…, here ${text.sha256.slice(0, 12)}…)`,
    )
  checkHeldOutAlike(own.dataset, text)
  const data = await taskData({ ...task, rendering: 'canvas' }, 'masked-diffusion')
  const { entry } = manifest
  return {
    ...data,
    tokenizer,
    examples: inTokensOf(tokenizer, data),
    leftAlone: (sampler) => hidden(data) || (writesPromptsAlone(entry) && sampler?.type !== 'best-of'),
  }
}

const hidden = ({ task }: ExampleData): boolean => task?.leftAlone ?? false

/**
 * Autoregression goes on behind a prompt. With fill-in-the-middle training it reads both sides of a gap, and `best-of` lets the right
 * one choose among candidates.
 */
const writesPromptsAlone = (entry: ModelEntry): boolean =>
  entry.paradigm === 'autoregressive' && entry.options.fimRate === 0

/**
 * Of one text with two splits, a model of the one may have read what the other holds out.
 * @throws InputError
 */
export function checkHeldOutAlike(own: Dataset, text: Dataset): void {
  if (own.train === text.train && own.validation === text.validation && own.test === text.test) return
  throw new InputError(
    `${own.name} and ${text.name} are the same characters, split in other places: the model may have been trained on what the task holds out; name the text as the model's training did`,
  )
}

/** The rows as they are, once it is sure that each of their tokens means the same to the model. */
function inTokensOf(tokenizer: Tokenizer, { examples, task }: ExampleData): ExampleData['examples'] {
  const alike = Array.from(task?.alphabet ?? '', (symbol, id) => isTokenOf(tokenizer, symbol, id))
  const check = (tokens: Int32Array): void => {
    const other = tokens.find((token) => alike[token] !== true)
    if (other === undefined) return
    const symbol = task?.alphabet[other]
    throw new InputError(
      symbol === undefined
        ? `${examples.name} ends its answers with tokens that a text has not; it can be asked of models trained on the task alone`
        : `${examples.name} has ${JSON.stringify(symbol)} as token ${other}, which the tokenizer '${tokenizer.type}' of the model has not; take a model with one token a character (type: char, of the alphabet of the task)`,
    )
  }
  return {
    ...examples,
    example(split, index) {
      const row = examples.example(split, index)
      check(row.tokens)
      if (row.draft !== undefined) check(row.draft)
      return row
    },
  }
}

function isTokenOf(tokenizer: Tokenizer, symbol: string, id: number): boolean {
  try {
    const tokens = tokenizer.encode(symbol)
    return tokens.length === 1 && tokens[0] === id
  } catch {
    return false
  }
}

/** Tokens that tell prefix, suffix and middle apart where a gap is filled behind both of its sides. */
const gapSentinels = 3
/** Problems whose form is looked at before the start. */
const posedAtOnce = 8

/**
 * @param samplers those that it is measured with; none are the usual ones
 * @throws InputError where no sampler of the model can answer such problems, or one would not do what its name says
 */
export function checkTextTask(
  data: ExampleData,
  { entry, backbone }: Pick<Manifest, 'entry' | 'backbone'>,
  samplers: readonly SamplerConfig[],
): void {
  const { examples } = data
  const rows = Array.from({ length: posedAtOnce }, (_, i) => examples.example('test', i))
  if (entry.paradigm === 'autoregressive' && rows.some(({ draft }) => draft !== undefined))
    throw new InputError(
      `autoregression that was trained on text has no form for ${examples.name}: it writes behind a prompt and revises nothing; leave it out, or train a model of that paradigm on the task`,
    )
  const sentinels = entry.paradigm === 'autoregressive' && !writesPromptsAlone(entry) ? gapSentinels : 0
  if (examples.length + sentinels > backbone.context)
    throw new InputError(
      `the rows of ${examples.name} have ${examples.length} tokens${sentinels > 0 ? ` and ${sentinels} sentinels` : ''}, more than the context ${backbone.context}; set dataset.options.length to at most ${backbone.context - sentinels}`,
    )
  if (hidden(data) && samplers.some(({ type }) => type === 'best-of'))
    throw new InputError(
      `the sampler 'best-of' chooses by what stands behind the gap, which ${examples.name} hides (sides: left); take the sampler ar, or sides: both`,
    )
}

/** What results say of models that were not trained to the task which they are asked. */
export function textReferenceNotes(
  dataset: DatasetConfig,
  models: readonly { readonly name: string; readonly manifest: Pick<Manifest, 'dataset' | 'entry'> }[],
): string[] {
  const asked = models.filter(({ manifest }) => textTaskOf(dataset, manifest) !== null)
  if (asked.length === 0) return []
  const namesOf = (some: typeof asked): string => some.map(({ name }) => name).join(', ')
  const left = asked.filter(({ manifest }) => writesPromptsAlone(manifest.entry))
  const { dataset: text, entry } = asked[0].manifest
  return [
    `Trained on the text ${datasetLabel(text, entry.paradigm)}, from whose held-out part these problems are cut, and not to the task: ${namesOf(asked)}.`,
    ...(left.length > 0
      ? [
          `Autoregression without fill-in-the-middle training (${namesOf(left)}) is shown the left side alone, by the likelihood too; best-of chooses among its candidates by the right side.`,
        ]
      : []),
  ]
}
