/** @file The trials of a tuning: as many for every model, whatever its paradigm has to tune. */
import {
  type SamplerConfig,
  samplerSchema,
  samplersFor,
  samplerTable,
  type TrainedModel,
} from '@trivium/schema'

export type TrialOptions = {
  /** Trials of every model. */
  readonly trials: number
  /** S of the samplers that have steps. */
  readonly steps: number
  /** The lowest temperature; the highest is 1. */
  readonly lowest: number
}

/**
 * The samplers of a model's default sweep, each at temperatures from 1 down to `lowest`: `trials` in all, spread as evenly
 * as they go. Speculation is no trial: it writes the text of plain decoding.
 */
export function trialsOf(model: TrainedModel, { trials, steps, lowest }: TrialOptions): SamplerConfig[] {
  const samplers = samplersFor(model)
    .filter((type) => samplerTable[type].defaultSweep !== null)
    .slice(0, trials)
  return samplers.flatMap((type, i) => {
    const n = Math.floor(trials / samplers.length) + (i < trials % samplers.length ? 1 : 0)
    const dial = samplerTable[type].dial === 'steps' ? { steps } : {}
    return Array.from({ length: n }, (_, j) => {
      const temperature = n === 1 ? 1 : Number((1 - ((1 - lowest) * j) / (n - 1)).toFixed(3))
      return samplerSchema.parse({ type, temperature, ...dial })
    })
  })
}
