/** @file Several training runs of one model as one: a metric over seeds, with an interval that covers the training too. */
import { covarianceOf, InputError, type Metric, metricTable, type Point } from '@trivium/schema'
import { shareInterval } from './statistics/share.ts'
import { meanInterval } from './statistics/student.ts'

/**
 * One metric of several seeds: the mean, with the error of `covarianceOf`: for texts the runs are the sample, for held-out
 * documents the runs and the documents are.
 * @param bySeed one metric a seed, measured alike
 */
export function poolSeeds(bySeed: readonly Metric[]): Metric {
  const [first] = bySeed
  if (bySeed.length < 2) return first
  const value = bySeed.reduce((sum, metric) => sum + metric.value, 0) / bySeed.length
  const rows = bySeed.flatMap(({ items }) => items?.values ?? [])
  const shared = first.items !== undefined && first.items.unit !== 'texts'
  const pooled: Metric = {
    ...first,
    value,
    n: shared ? first.n : bySeed.reduce((sum, metric) => sum + metric.n, 0),
    ci95: null,
    stderr: null,
    ...(first.parts !== undefined && { parts: meanParts(bySeed) }),
  }
  delete pooled.items
  if (first.items === undefined || rows.length !== bySeed.length) return pooled
  const items = { unit: first.items.unit, values: rows as typeof first.items.values }
  const error = covarianceOf(items, items)
  if (error === null) return pooled
  const stderr = Math.sqrt(error.value)
  return { ...pooled, items, stderr, ci95: intervalOf(pooled, stderr, error.degrees) }
}

function intervalOf({ name, value, n }: Metric, stderr: number, degrees: number): [number, number] {
  const { unit, signed } = metricTable[name]
  const least = signed === true ? Number.NEGATIVE_INFINITY : 0
  if (unit !== 'share') return meanInterval(value, stderr, degrees, [least, Number.POSITIVE_INFINITY])
  // Without scatter between the runs their texts are what there is.
  return shareInterval(value, { stderr, degrees, clusters: n, most: Number.POSITIVE_INFINITY })
}

function meanParts(bySeed: readonly Metric[]): Record<string, number> {
  const parts: Record<string, number> = {}
  for (const metric of bySeed)
    for (const [name, value] of Object.entries(metric.parts ?? {}))
      parts[name] = (parts[name] ?? 0) + value / bySeed.length
  return parts
}

/**
 * One point of several seeds: quality pooled, cost averaged. A metric that one of them lacks is left out.
 * @throws InputError when the points are not of one sampler
 */
export function poolPoints(bySeed: readonly Point[]): Point {
  const [first] = bySeed
  const other = bySeed.find(
    ({ samplerLabel, setting }) => samplerLabel !== first.samplerLabel || setting !== first.setting,
  )
  if (other !== undefined)
    throw new InputError(`the points ${first.id} and ${other.id} are of two samplers and do not pool`)
  const mean = (of: (point: Point) => number): number =>
    bySeed.reduce((sum, point) => sum + of(point), 0) / bySeed.length
  const quality = first.quality.flatMap(({ name }) => {
    const metrics = bySeed.flatMap((point) => point.quality.find((metric) => metric.name === name) ?? [])
    return metrics.length === bySeed.length ? [poolSeeds(metrics)] : []
  })
  const pooled: Point = {
    ...first,
    nfe: mean(({ nfe }) => nfe),
    tokenPositions: mean((p) => p.tokenPositions),
    quality,
  }
  const some = bySeed.find(({ nfeItems }) => nfeItems !== undefined)?.nfeItems
  if (some === undefined) return pooled
  const values = bySeed.flatMap((one) => one.nfeItems?.values ?? [some.values[0].map(() => one.nfe)])
  return { ...pooled, nfeItems: { ...some, values: values as typeof some.values } }
}
