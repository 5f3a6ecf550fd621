/** @file From an experiment file to what one training needs: every default and derived value filled in. */
import {
  type BackboneConfig,
  type ExperimentConfig,
  InputError,
  type ModelEntry,
  type TrainingConfig,
} from '@trivium/schema'
import { defaultLearningRate, resolveBackbone } from '@trivium/transformer'
import { rowLength } from './data.ts'

export type ResolvedModel = {
  readonly entry: ModelEntry
  readonly backbone: BackboneConfig
  readonly training: TrainingConfig
  /** Row length L in training. */
  readonly length: number
  /** Peak learning rate. */
  readonly peakRate: number
}

/**
 * Example rows have a length of their own, which is the context where the config names none.
 * @throws InputError when the row length exceeds the context
 */
export async function resolveModel(config: ExperimentConfig, entry: ModelEntry): Promise<ResolvedModel> {
  const rows = await rowLength(config, entry.paradigm)
  const shape = { ...config.model, ...entry.model }
  const backbone = resolveBackbone({ ...shape, context: shape.context ?? rows?.length })
  const training: TrainingConfig = { ...config.training, ...entry.training }
  const length = rows?.length ?? training.length ?? backbone.context
  if (length > backbone.context)
    throw new InputError(
      rows === null
        ? `training.length ${length} exceeds model.context ${backbone.context} (model '${entry.name}'); shorten it or raise the context`
        : `${rows.longest === undefined ? 'the examples have' : `the example of ${rows.longest} has`} ${length} tokens, more than model.context ${backbone.context} (model '${entry.name}'); raise it, or leave it out`,
    )
  return {
    entry,
    backbone,
    training,
    length,
    peakRate: training.learningRate ?? defaultLearningRate(backbone),
  }
}

/** @throws InputError naming the models there are. */
export function findEntry(config: ExperimentConfig, name: string | undefined): ModelEntry {
  const names = config.models.map((m) => m.name).join(', ')
  if (name === undefined) {
    if (config.models.length === 1) return config.models[0]
    throw new InputError(`the config has ${config.models.length} models (${names}); choose one with --model`)
  }
  const found = config.models.find((m) => m.name === name)
  if (found === undefined) throw new InputError(`the config has no model '${name}'; it has ${names}`)
  return found
}

/** The checkpoint that a distilled model learns from. */
export function teacherOf(entry: ModelEntry): string | undefined {
  return entry.paradigm === 'autoregressive' ? undefined : entry.options.distil?.teacher
}
