/** @file What can be known to be wrong before an hour of training. */

import { checkHeldOut } from '@trivium/evaluation'
import { checkStart, checkTeacher, readManifest } from '@trivium/models/node'
import {
  type DatasetConfig,
  type ExperimentConfig,
  InputError,
  type Manifest,
  samplerMismatch,
} from '@trivium/schema'
import { tokenizerFromJSON } from '@trivium/tokenizer'
import { loadCheckpoint } from '@trivium/training/node'
import { checkSplits, splitTokenizer } from './check-splits.ts'
import {
  configuredSha256,
  datasetLabel,
  isTextDataset,
  languageData,
  loadText,
  loadTrainedOn,
} from './data.ts'
import { type ResolvedModel, resolveModel, teacherOf } from './resolve.ts'
import { checkTextTask, loadTextTask, textTaskOf } from './text-reference.ts'

/** With the length of a drawn text filled in: one for all models, so that their points compare. */
export type CheckedConfig = ExperimentConfig & { evaluation: { length: number } }
export type CheckedExperiment = { readonly plans: ResolvedModel[]; readonly config: CheckedConfig }

/**
 * Resolves every model, opens every reference, and reads every text as it will be read.
 * @throws InputError for a row or text beyond a context, a broken reference, a sampler of another paradigm, a text that is
 * gone, too short for a row of a split, or has a character that the tokenizer does not know
 */
export async function checkExperiment(config: ExperimentConfig): Promise<CheckedExperiment> {
  const plans = await Promise.all(config.models.map((entry) => resolveModel(config, entry)))
  for (const { entry, backbone } of plans) {
    const teacher = teacherOf(entry)
    if (teacher !== undefined) checkTeacher(teacher, readManifest(teacher), { entry, backbone })
    if (entry.from !== undefined) checkStart(entry.from, readManifest(entry.from), { entry, backbone })
  }
  const contexts = plans.map(({ entry, backbone }) => ({ name: entry.name, context: backbone.context }))
  for (const reference of config.references)
    contexts.push({ name: reference.name, context: await checkReference(reference, config) })
  const { dataset } = config
  if (dataset.type === 'language') {
    languageData(dataset)
    contexts.push({ name: `rows of ${dataset.name}`, context: dataset.length })
  }
  const shortest = contexts.reduce((a, b) => (b.context < a.context ? b : a))
  const { length = shortest.context } = config.evaluation
  if (length > shortest.context)
    throw new InputError(
      `evaluation.length ${length} exceeds the context ${shortest.context} of '${shortest.name}'; shorten it, or raise model.context`,
    )
  await checkText(config, plans, length)
  return { plans, config: { ...config, evaluation: { ...config.evaluation, length } } }
}

/** @returns its context */
async function checkReference(
  { name, checkpoint, samplers = [] }: ExperimentConfig['references'][number],
  { dataset }: ExperimentConfig,
): Promise<number> {
  // With its weights: a damaged one is better told now.
  const { manifest } = loadCheckpoint(checkpoint)
  const { entry, backbone } = manifest
  const what = `reference '${name}' (${checkpoint})`
  for (const { type } of samplers) {
    const mismatch = samplerMismatch(type, entry)
    if (mismatch !== null) throw new InputError(`the sampler '${type}' of ${what} ${mismatch}`)
  }
  await checkTrainedOn(what, dataset, manifest)
  const tokenizer = tokenizerFromJSON(manifest.tokenizer, `${checkpoint}/manifest.json: the tokenizer`)
  const task = textTaskOf(dataset, manifest)
  try {
    if (task !== null)
      checkTextTask(await loadTextTask(task, { checkpoint, manifest, tokenizer }), manifest, samplers)
    const data = await loadTrainedOn(checkpoint, manifest, tokenizer)
    if (data.kind === 'text') checkSplits(data.dataset, tokenizer, { test: backbone.context })
  } catch (error) {
    if (error instanceof InputError)
      throw new InputError(`${task === null ? 'the text of ' : ''}${what}: ${error.message}`)
    throw error
  }
  return backbone.context
}

/** @throws InputError for a model of other data than the experiment's, or than the text that its problems are cut from */
async function checkTrainedOn(what: string, dataset: DatasetConfig, manifest: Manifest): Promise<void> {
  const { paradigm, datasetSha256: own } = manifest
  const task = textTaskOf(dataset, manifest)
  const wanted = await configuredSha256(task?.text ?? dataset, paradigm)
  if (own === wanted) return
  const about =
    task === null
      ? datasetLabel(dataset, paradigm)
      : `${task.name}, cut from ${datasetLabel(task.text, paradigm)}`
  throw new InputError(
    `${what} was trained on ${datasetLabel(manifest.dataset, paradigm)} (sha256 ${own.slice(0, 12)}…), this experiment is about ${about} (${wanted.slice(0, 12)}…): their figures would stand side by side and not compare; leave the reference out, or choose one of the same data${task === null ? '' : ' or text'}`,
  )
}

/**
 * What is wrong with examples shows as soon as a model is resolved.
 * @param length tokens of a drawn text, which is held against as many characters of the test split
 */
async function checkText(
  { dataset: named, tokenizer: kind }: ExperimentConfig,
  plans: readonly ResolvedModel[],
  length: number,
): Promise<void> {
  if (!isTextDataset(named) || kind === undefined) return
  const dataset = await loadText(named)
  const row = Math.max(...plans.map((plan) => plan.length))
  const rows = {
    train: row,
    validation: row,
    test: Math.max(...plans.map(({ backbone }) => backbone.context)),
  }
  checkSplits(dataset, splitTokenizer(kind, dataset, rows), rows)
  checkHeldOut(dataset.test, length)
}
