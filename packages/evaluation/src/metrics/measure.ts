/** @file What a quality metric is: a function of a set of texts and a reference to a value with its interval and n. */
import { type Metric, type MetricName, metricTable } from '@trivium/schema'
import type { QualityReference } from '../reference.ts'
import { bootstrapRatio, type Interval, jackknife } from '../statistics.ts'
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
export type Measured = Pick<Metric, 'value' | 'ci95' | 'stderr' | 'n'>
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

/** Σ above / Σ below with a bootstrap over texts; the standard error is the ratio estimator's (Cochran 1977, §2.11). */
export function ratio(
  above: readonly number[],
  below: readonly number[],
  { resamples, seed }: QualityReference,
): Measured {
  const n = above.length
  const value = total(above) / total(below)
  const squares = above.reduce((sum, a, i) => sum + (a - value * below[i]) ** 2, 0)
  const stderr = n > 1 ? Math.sqrt((squares * n) / (n - 1)) / total(below) : null
  const ci95 = Number.isFinite(value) ? bootstrapRatio(above, below, { resamples, seed }) : null
  return { value, ci95, stderr, n }
}

/** Mean over texts. */
export const mean = (values: readonly number[], reference: QualityReference): Measured =>
  ratio(
    values,
    values.map(() => 1),
    reference,
  )

/**
 * A statistic of the whole set, with a jackknife over at most 32 groups of texts and clipped to its range. It serves
 * where a bootstrap would count its own copies as repetitions.
 */
export function jackknifed<T>(
  rows: readonly T[],
  statistic: (rows: readonly T[]) => number,
  range: Interval,
): Measured {
  const value = statistic(rows)
  const n = rows.length
  const groups = Math.min(32, n)
  if (groups < 2 || !Number.isFinite(value)) return { value, ci95: null, stderr: null, n }
  const { stderr, ci95 } = jackknife(value, groups, (g) => statistic(rows.filter((_, i) => i % groups !== g)))
  if (!Number.isFinite(stderr)) return { value, ci95: null, stderr: null, n }
  return { value, ci95: [Math.max(range[0], ci95[0]), Math.min(range[1], ci95[1])], stderr, n }
}

/** A measured value with what the table says of its metric. */
export function metricOf(
  task: string,
  name: MetricName,
  { value, ci95, stderr, n }: Measured,
  boundType: Metric['boundType'],
): Metric {
  const { unit, better } = metricTable[name]
  const higherIsBetter = better === 'held-out' ? null : better === 'higher'
  return { task, name, unit, higherIsBetter, value, ci95, stderr, n, boundType }
}
