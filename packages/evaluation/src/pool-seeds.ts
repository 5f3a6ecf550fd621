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
  const value = meanOf(bySeed.map((metric) => metric.value))
  const rows = bySeed.flatMap(({ items }) => items?.values ?? [])
  const shared = first.items !== undefined && first.items.unit !== 'texts'
  const pooled: Metric = {
    ...first,
    value,
    n: shared ? first.n : bySeed.reduce((sum, metric) => sum + metric.n, 0),
    ci95: null,
    stderr: null,
    ...(first.parts !== undefined && { parts: meanParts(bySeed) }),
    ...(first.strata !== undefined && { strata: poolStrata(bySeed) }),
    ...(first.information !== undefined && { information: meanInformation(bySeed) }),
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

type Strata = NonNullable<Metric['strata']>
type Information = NonNullable<Metric['information']>

/**
 * The same problems for every run, so a stratum's error is that of the runs and that of its problems. These keep no items: a
 * binomial's variance stands for theirs, which is never less, and what the two share is not taken off.
 */
function poolStrata(bySeed: readonly Metric[]): Strata {
  return (bySeed[0].strata as Strata).map(({ name, n }, i) => {
    const runs = bySeed.map(({ strata }) => (strata as Strata)[i].value)
    const value = meanOf(runs)
    const ofRuns = runs.reduce((sum, run) => sum + (run - value) ** 2, 0) / (runs.length * (runs.length - 1))
    const ofProblems = (value * (1 - value)) / n
    const variance = ofRuns + ofProblems
    // Satterthwaite (1946); as many degrees as the runs have where one problem is all.
    const degrees =
      n < 2 || variance === 0
        ? runs.length - 1
        : variance ** 2 / (ofRuns ** 2 / (runs.length - 1) + ofProblems ** 2 / (n - 1))
    const stderr = Math.sqrt(variance)
    const most = Number.POSITIVE_INFINITY
    return { name, n, value, ci95: shareInterval(value, { stderr, degrees, clusters: n, most }) }
  })
}

/** Each run has bins of its own, by its own density of γ: the mean of their curves at the bins of the first. */
const meanInformation = (bySeed: readonly Metric[]): Metric['information'] =>
  bySeed[0].information?.map(({ gamma }) => ({
    gamma,
    value: meanOf(bySeed.map(({ information }) => valueAt(information as Information, gamma))),
  }))

/** Of a curve by linear interpolation; beyond its ends, its end. */
function valueAt(curve: Information, gamma: number): number {
  const points = [...curve].sort((a, b) => a.gamma - b.gamma)
  const right = points.findIndex((point) => point.gamma >= gamma)
  if (right <= 0) return (right < 0 ? points[points.length - 1] : points[0]).value
  const [a, b] = [points[right - 1], points[right]]
  return a.value + ((gamma - a.gamma) / (b.gamma - a.gamma)) * (b.value - a.value)
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

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
  const mean = (of: (point: Point) => number): number => meanOf(bySeed.map(of))
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
