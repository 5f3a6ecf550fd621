/** @file What can be known to be wrong before an hour of training. */
import { loadDataset } from '@trivium/corpus/node'
import { type ExperimentConfig, InputError, samplerParadigms, samplersOf } from '@trivium/schema'
import { loadCheckpoint } from '@trivium/training/node'
import { type ResolvedModel, resolveModel } from './resolve.ts'

/** With the length of a drawn text filled in: one for all models, so that their points compare. */
export type CheckedConfig = ExperimentConfig & { evaluation: { length: number } }
export type CheckedExperiment = { readonly plans: ResolvedModel[]; readonly config: CheckedConfig }

/**
 * Resolves every model, opens every reference and reads the text.
 * @throws InputError for a row or text beyond a context, a broken reference, a sampler of another paradigm, a text that
 * cannot be used
 */
export async function checkExperiment(config: ExperimentConfig): Promise<CheckedExperiment> {
  const plans = config.models.map((entry) => resolveModel(config, entry))
  const contexts = plans.map(({ entry, backbone }) => ({ name: entry.name, context: backbone.context }))
  for (const { name, checkpoint, samplers = [] } of config.references) {
    const { paradigm, backbone } = loadCheckpoint(checkpoint).manifest
    contexts.push({ name, context: backbone.context })
    const foreign = samplers.find(({ type }) => samplerParadigms[type] !== paradigm)
    if (foreign !== undefined)
      throw new InputError(
        `the sampler '${foreign.type}' of reference '${name}' belongs to ${samplerParadigms[foreign.type]}; ${checkpoint} is ${paradigm} and has ${samplersOf(paradigm).join(', ')}`,
      )
  }
  const shortest = contexts.reduce((a, b) => (b.context < a.context ? b : a))
  const { length = shortest.context } = config.evaluation
  if (length > shortest.context)
    throw new InputError(
      `evaluation.length ${length} exceeds the context ${shortest.context} of '${shortest.name}'; shorten it, or raise model.context`,
    )
  await loadDataset(config.dataset)
  return { plans, config: { ...config, evaluation: { ...config.evaluation, length } } }
}
