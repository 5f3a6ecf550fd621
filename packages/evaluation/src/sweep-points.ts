/** @file Which samplers a steps sweep runs, and what its points are called. */
import {
  dials,
  type SamplerConfig,
  type SamplerRow,
  samplerSchema,
  samplersFor,
  samplerTable,
  type TrainedModel,
} from '@trivium/schema'

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
  const { type, ...settings } = sampler
  const row = samplerTable[type]
  const written = new Map<string, unknown>(Object.entries(settings))
  const at = row.dial === null ? {} : { [row.dial]: written.get(row.dial) }
  const defaults = new Map<string, unknown>(Object.entries(samplerSchema.parse({ type, ...at })))
  const special = [...written].filter(
    ([key, value]) => key !== row.dial && value !== undefined && defaults.get(key) !== value,
  )
  const number = row.dial === null ? '' : `-${written.get(row.dial)}`
  return {
    id: [`${type}${number}`, ...special.map(([key, value]) => `${key}-${value}`)].join('_'),
    sampler,
    label: [type, ...special.map(([key, value]) => `${key}=${value}`)].join(' '),
    setting: row.dial === null ? row.setting : `${dials[row.dial]}=${written.get(row.dial)}`,
  }
}

/**
 * The default sweep of a model: the samplers that serve it in the table's order, each where the table puts it.
 * @param options.length tokens of a text
 */
export function defaultSweepPoints(
  model: TrainedModel,
  options: { steps: readonly number[]; length: number; temperature?: number },
): SweepPoint[] {
  const { temperature = 1 } = options
  return samplersFor(model).flatMap((type) =>
    dialSettings(samplerTable[type], options).map((at) =>
      sweepPoint(samplerSchema.parse({ type, temperature, ...at })),
    ),
  )
}

/** What the default sweep sets a sampler's dial to, a record a point. */
function dialSettings(
  { dial, defaultSweep }: SamplerRow,
  { steps, length }: { steps: readonly number[]; length: number },
): Readonly<Record<string, number>>[] {
  const over = (values: readonly number[]): Record<string, number>[] =>
    values.map((value) => ({ [dial as string]: value }))
  switch (defaultSweep) {
    case null:
      return []
    case 'once':
      return [{}]
    case 'every':
      return over(steps)
    case 'within-length':
      return over(steps.filter((s) => s <= length))
    default:
      return over(defaultSweep)
  }
}
