/** @file Which samplers a steps sweep runs, and what its points are called. */
import { type Paradigm, type SamplerConfig, samplerSchema } from '@trivium/schema'

export type SweepPoint = {
  readonly id: string
  readonly sampler: SamplerConfig
  /** For a legend: low-confidence, ddim. */
  readonly label: string
  /** For a data label: S=16, τ=0.9, AR. */
  readonly setting: string
}

/** A point with its names. Settings that differ from the schema's defaults are part of the id and the label. */
export function sweepPoint(sampler: SamplerConfig): SweepPoint {
  const plain = samplerSchema.parse({
    type: sampler.type,
    ...('steps' in sampler ? { steps: sampler.steps } : {}),
  })
  const defaults = new Map<string, unknown>(Object.entries(plain))
  const special = Object.entries(sampler).filter(
    ([key, value]) =>
      !['type', 'steps', 'tau'].includes(key) && value !== undefined && defaults.get(key) !== value,
  )
  const dial = 'steps' in sampler ? `S=${sampler.steps}` : 'tau' in sampler ? `τ=${sampler.tau}` : 'AR'
  const number = 'steps' in sampler ? `-${sampler.steps}` : 'tau' in sampler ? `-${sampler.tau}` : ''
  return {
    id: [`${sampler.type}${number}`, ...special.map(([key, value]) => `${key}-${value}`)].join('_'),
    sampler,
    label: [sampler.type, ...special.map(([key, value]) => `${key}=${value}`)].join(' '),
    setting: dial,
  }
}

/**
 * The default sweep of a paradigm. AR: one point. Masked: low-confidence and ancestral over the steps, threshold at
 * τ = 0.9, 0.7, 0.5. Continuous: DDIM and ancestral over the steps. More steps than tokens are left out for
 * low-confidence, which cannot commit less than a token a step.
 * @param options.length tokens of a text
 */
export function defaultSweepPoints(
  paradigm: Paradigm,
  options: { steps: readonly number[]; length: number; temperature?: number },
): SweepPoint[] {
  const { steps, length, temperature = 1 } = options
  const samplers: SamplerConfig[] = []
  const over = (
    type: 'low-confidence' | 'ancestral' | 'ddim' | 'gaussian-ancestral',
    most = Infinity,
  ): void => {
    for (const s of steps) if (s <= most) samplers.push({ type, steps: s, temperature })
  }
  if (paradigm === 'autoregressive')
    samplers.push({ type: 'ar', temperature, repetitionPenalty: 1, cache: true })
  if (paradigm === 'masked-diffusion') {
    over('low-confidence', length)
    over('ancestral')
    for (const tau of [0.9, 0.7, 0.5]) samplers.push({ type: 'threshold', tau, temperature })
  }
  if (paradigm === 'continuous-diffusion') {
    over('ddim')
    over('gaussian-ancestral')
  }
  return samplers.map(sweepPoint)
}
