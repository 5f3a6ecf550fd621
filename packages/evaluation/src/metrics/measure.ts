/** @file What a quality metric is: a function of a set of texts and a reference to a value with its interval and n. */
import { type Items, type Metric, type MetricName, metricTable } from '@trivium/schema'
import type { QualityReference } from '../reference.ts'
import { type Jackknife, jackknife, mostGroups } from '../statistics/jackknife.ts'
import { shareInterval } from '../statistics/share.ts'
import { type Interval, meanInterval } from '../statistics/student.ts'
import { fewestUnits } from '../statistics/units.ts'
import { wordsOf } from '../words.ts'

/** The texts, and what several metrics count in them. */
export type TextSet = {
  readonly texts: readonly string[]
  /** Characters as symbols of the judge's alphabet. */
  readonly symbols: readonly Uint8Array[]
  readonly words: readonly (readonly string[])[]
  /** The words that no edge of their text may have cut. */
  readonly wholeWords: readonly (readonly string[])[]
}
export type Measured = Pick<Metric, 'value' | 'ci95' | 'stderr' | 'n' | 'items'>
/** A value that is not finite says that there was nothing to count. */
export type Measure = (set: TextSet, reference: QualityReference) => Measured

export function textSetOf(texts: readonly string[], { judge }: QualityReference): TextSet {
  return {
    texts,
    symbols: texts.map((text) => judge.alphabet.encode(text)),
    words: texts.map((text) => wordsOf(text)),
    wholeWords: texts.map((text) => wordsOf(text, { inner: true })),
  }
}

export const lengthsOf = (rows: readonly { length: number }[]): number[] => rows.map((row) => row.length)

const total = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0)

/** Σ above / Σ below, and its error over clusters: the ratio estimator (Cochran 1977, §2.11) as pseudo-values. */
function ratioOf(above: readonly number[], below: readonly number[], { clusters, unit }: Clusters): Found {
  const value = total(above) / total(below)
  const scatter = new Map<number, number>()
  above.forEach((a, i) => {
    scatter.set(clusters[i], (scatter.get(clusters[i]) ?? 0) + a - value * below[i])
  })
  const units = [...scatter.values()]
  const pseudoValues = units.map((s) => value + (units.length * s) / total(below))
  const mean = total(pseudoValues) / units.length
  const squares = pseudoValues.reduce((sum, v) => sum + (v - mean) ** 2, 0)
  return { value, stderr: Math.sqrt(squares / (units.length * (units.length - 1))), pseudoValues, unit }
}

/** Five digits say as much as a standard error does, and keep a result file small. */
const itemsOf = (unit: Items['unit'], values: readonly number[]): Items => ({
  unit,
  values: [values.map((v) => Number(v.toPrecision(5))) as [number]],
})

type Found = Jackknife & { readonly unit?: Items['unit'] }

/** No error where it is not known, and no interval below `fewestUnits`. */
function measured(
  n: number,
  { value, stderr, pseudoValues, unit = 'texts' }: Found,
  intervalOf: (units: number) => Interval,
): Measured {
  if (!Number.isFinite(stderr)) return { value, ci95: null, stderr: null, n }
  const units = pseudoValues.length
  const ci95 = units < fewestUnits ? null : intervalOf(units)
  return { value, ci95, stderr, n, items: itemsOf(unit, pseudoValues) }
}

/** Items of which those with one label belong together. */
export type Clusters = { readonly clusters: readonly number[]; readonly unit: Items['unit'] }

/** Independent items in at most 32 groups. */
export const groupsOf = (items: number, unit: Items['unit'] = 'texts'): Clusters => ({
  clusters: Array.from({ length: items }, (_, i) => i % mostGroups),
  unit,
})

/** Σ above / Σ below over items, e.g. bits over characters. */
export function ratio(
  above: readonly number[],
  below: readonly number[],
  clusters: Clusters = groupsOf(above.length),
): Measured {
  const found = ratioOf(above, below, clusters)
  return measured(above.length, found, (units) => meanInterval(found.value, found.stderr, units - 1))
}

/** Σ above / Σ below where each below is a trial that fails or succeeds: a share, with Wilson's interval. */
export function share(
  above: readonly number[],
  below: readonly number[],
  options: Partial<Clusters> & {
    /** Trials that can count as independent at most: all of them when absent. */
    readonly most?: number
  } = {},
): Measured {
  const { most = total(below) } = options
  const found = ratioOf(above, below, { ...groupsOf(above.length), ...options })
  const clusters = below.filter((trials) => trials > 0).length
  return measured(above.length, found, (units) =>
    shareInterval(found.value, { stderr: found.stderr, degrees: units - 1, clusters, most }),
  )
}

/** exp(mean log x): the mean of values whose tail is too long for 32 of them to show. */
export function geometricMean(values: readonly number[]): Measured {
  const logs = values.map(Math.log)
  const ones = logs.map(() => 1)
  return geometric(values.length, ratioOf(logs, ones, groupsOf(logs.length)))
}

/** A statistic of the logarithm, on the scale of the value. */
function geometric(n: number, { value: log, stderr, pseudoValues }: Jackknife): Measured {
  const value = Math.exp(log)
  const found = {
    value,
    stderr: value * stderr,
    pseudoValues: pseudoValues.map((pseudo) => value * (1 + pseudo - log)),
  }
  return measured(n, found, (units) => {
    const [low, high] = meanInterval(log, stderr, units - 1)
    return [Math.exp(low), Math.exp(high)]
  })
}

/** A statistic of the whole set within a range. */
export function setStatistic<T>(
  rows: readonly T[],
  statistic: (rows: readonly T[]) => number,
  range: Interval,
): Measured {
  const found = jackknife(rows, statistic)
  return measured(rows.length, found, (units) => meanInterval(found.value, found.stderr, units - 1, range))
}

/** A share of the whole set, e.g. of different words among all. Such scatter less than independent trials would. */
export function setShare<T>(rows: readonly T[], statistic: (rows: readonly T[]) => number): Measured {
  const found = jackknife(rows, statistic)
  const scatter = { stderr: found.stderr, clusters: rows.length, most: Number.POSITIVE_INFINITY }
  return measured(rows.length, found, (units) =>
    shareInterval(found.value, { ...scatter, degrees: units - 1 }),
  )
}

/** The logarithm of a statistic of the whole set, given back on its own scale. */
export function setGeometric<T>(rows: readonly T[], logOf: (rows: readonly T[]) => number): Measured {
  return geometric(rows.length, jackknife(rows, logOf))
}

/** A measured value with what the table says of its metric. */
export function metricOf(
  task: string,
  name: MetricName,
  { value, ci95, stderr, n, items }: Measured,
  boundType: Metric['boundType'],
): Metric {
  const { unit, better } = metricTable[name]
  const higherIsBetter = better === 'held-out' ? null : better === 'higher'
  const metric = { task, name, unit, higherIsBetter, value, ci95, stderr, n, boundType }
  return items === undefined ? metric : { ...metric, items }
}
