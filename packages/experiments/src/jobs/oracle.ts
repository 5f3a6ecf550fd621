/** @file One sampler over the exact denoiser of a language: no network, no engine, and only the sampler's own error. */
import { defaultSweepPoints, type SweepPoint, sweepPoint } from '@trivium/evaluation'
import { createOracle } from '@trivium/models'
import {
  type EvaluationConfig,
  type ExperimentConfig,
  type LanguageDatasetConfig,
  oracleName,
  type SamplerConfig,
  Stopped,
  samplerSchema,
} from '@trivium/schema'
import { languageData } from '../data.ts'
import { problemSet } from '../problems.ts'
import type { ModelEvaluation } from './evaluate.ts'
import { together } from './evaluate-examples.ts'
import type { Hooks } from './hooks.ts'
import { measurePoint } from './measure-point.ts'

export type OracleJob = {
  readonly dataset: LanguageDatasetConfig
  readonly sampler: SamplerConfig
  readonly evaluation: EvaluationConfig
  readonly seed: number
}

/** @returns null when `signal` fired */
export async function runOracleJob(
  { dataset, sampler, evaluation, seed }: OracleJob,
  { signal }: Hooks<never> = {},
): Promise<ModelEvaluation | null> {
  const data = languageData(dataset)
  const model = createOracle(data.language, data.tokenizer.vocabulary)
  const writer = { name: oracleName, model, tokenizer: data.tokenizer, weights: data.contentSha256 }
  const { samples, batchSize } = evaluation
  const problems = problemSet(data, samples)
  try {
    const measured = await measurePoint(writer, sweepPoint(sampler), data, problems, {
      seed,
      batchSize,
      signal,
    })
    return { likelihoods: [], ...together([measured]) }
  } catch (error) {
    if (error instanceof Stopped) return null
    throw error
  }
}

/** The samplers of the oracle: those that the experiment lists, else the default sweep of a masked model and random order. */
export function oraclePoints(
  { oracle, evaluation }: Pick<ExperimentConfig, 'oracle' | 'evaluation'>,
  length: number,
): SweepPoint[] {
  if (oracle === undefined) return []
  if (oracle.samplers !== undefined) return oracle.samplers.map(sweepPoint)
  const { steps, temperature } = evaluation
  const random = steps
    .filter((s) => s <= length)
    .map((s) => sweepPoint(samplerSchema.parse({ type: 'random', steps: s, temperature })))
  return [...defaultSweepPoints({ paradigm: 'masked-diffusion' }, { steps, length, temperature }), ...random]
}
