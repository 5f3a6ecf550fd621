/** @file What can be known to be wrong before an hour of training. */
import { type ExperimentConfig, InputError, samplerMismatch } from '@trivium/schema'
import { loadCheckpoint } from '@trivium/training/node'
import { checkDataset } from './data.ts'
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
  const plans = await Promise.all(config.models.map((entry) => resolveModel(config, entry)))
  const contexts = plans.map(({ entry, backbone }) => ({ name: entry.name, context: backbone.context }))
  for (const { name, checkpoint, samplers = [] } of config.references) {
    // With its weights: a damaged one is better told now.
    const { entry, backbone } = loadCheckpoint(checkpoint).manifest
    contexts.push({ name, context: backbone.context })
    for (const { type } of samplers) {
      const mismatch = samplerMismatch(type, entry)
      if (mismatch !== null)
        throw new InputError(`the sampler '${type}' of reference '${name}' (${checkpoint}) ${mismatch}`)
    }
  }
  const shortest = contexts.reduce((a, b) => (b.context < a.context ? b : a))
  const { length = shortest.context } = config.evaluation
  if (length > shortest.context)
    throw new InputError(
      `evaluation.length ${length} exceeds the context ${shortest.context} of '${shortest.name}'; shorten it, or raise model.context`,
    )
  await checkDataset(config.dataset)
  return { plans, config: { ...config, evaluation: { ...config.evaluation, length } } }
}
