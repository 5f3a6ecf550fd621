/** @file Suites: what an evaluation measures and with how many draws, by name or out of an experiment file. */
import { type EvaluationConfig, evaluationConfigSchema } from '@trivium/schema'

export const suiteNames = ['smoke', 'standard', 'full'] as const
export type SuiteName = (typeof suiteNames)[number]

/** The same blocks as in `configs/suites`, which a test holds equal. */
export const suites: Readonly<Record<SuiteName, EvaluationConfig>> = {
  smoke: evaluationConfigSchema.parse({
    steps: [8, 32],
    samples: 8,
    likelihoodRows: 16,
    likelihoodDraws: 8,
    latencyRepeats: 2,
  }),
  standard: evaluationConfigSchema.parse({}),
  full: evaluationConfigSchema.parse({
    samples: 256,
    likelihoodRows: 256,
    likelihoodDraws: 64,
    latencyRepeats: 64,
    latencyBatches: [1, 4, 16, 64],
  }),
}

/** The evaluation of a suite by name, or the `evaluation` of an experiment file. @throws InputError */
export async function suiteOf(text: string): Promise<EvaluationConfig> {
  const name = suiteNames.find((known) => known === text)
  if (name !== undefined) return suites[name]
  const { loadConfig } = await import('@trivium/experiments/run')
  return loadConfig(text).config.evaluation
}
