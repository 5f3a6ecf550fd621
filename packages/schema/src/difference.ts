/** @file How two values of one metric compare: the difference with its interval, paired where the units are the same. */
import { covarianceOf, type Items } from './items.ts'
import type { Metric } from './results.ts'
import { studentQuantile } from './student.ts'

export type Difference = {
  /** a − b. */
  readonly value: number
  readonly ci95: readonly [number, number] | null
  /** Whether the units were paired; otherwise the two are taken as independent. */
  readonly paired: boolean
  /** Degrees of freedom of the interval; null where no items tell them. */
  readonly degrees: number | null
}

/**
 * a − b with its 95% interval out of the intervals of both (Zou & Donner 2008, the method of variance estimates
 * recovery): it keeps the limits of a share near 0 or 1 and equals the paired interval where both are symmetric. The
 * correlation comes from the items of the two. Where the difference rests on fewer degrees of freedom than they do (a few
 * training runs, once the documents are shared), it is as much wider as Student's t is. null when one has no interval:
 * then nothing is shown.
 */
export function metricDifference(a: Metric, b: Metric): Difference {
  const value = a.value - b.value
  const pair = pairOf(a, b)
  const paired = pair !== null
  const degrees = pair?.degrees ?? fewestDegrees(a, b)
  if (a.ci95 === null || b.ci95 === null) return { value, ci95: null, paired, degrees }
  const { correlation, wider } = pair ?? { correlation: 0, wider: 1 }
  const half = (x: number, y: number): number =>
    wider * Math.sqrt(Math.max(0, x * x - 2 * correlation * x * y + y * y))
  const below = half(a.value - a.ci95[0], b.ci95[1] - b.value)
  const above = half(a.ci95[1] - a.value, b.value - b.ci95[0])
  return { value, ci95: [value - below, value + above], paired, degrees }
}

/** null when the two do not pair; no correlation when one of them does not vary. */
function pairOf(
  { items: a }: Metric,
  { items: b }: Metric,
): { correlation: number; wider: number; degrees: number } | null {
  if (a === undefined || b === undefined) return null
  const [both, ofA, ofB] = [covarianceOf(a, b), covarianceOf(a, a), covarianceOf(b, b)]
  if (both === null || ofA === null || ofB === null) return null
  const scale = Math.sqrt(ofA.value * ofB.value)
  const correlation = scale > 0 ? Math.max(-1, Math.min(1, both.value / scale)) : 0
  const difference = {
    ...a,
    values: a.values.map((row, s) => row.map((v, u) => v - b.values[s][u])),
  } as Items
  const degrees = covarianceOf(difference, difference)?.degrees ?? ofA.degrees
  const wider = studentQuantile(degrees) / studentQuantile(Math.max(ofA.degrees, ofB.degrees))
  return { correlation, wider: Math.max(1, wider), degrees }
}

/** Of two that are independent, the fewer: no more can be relied on (Welch 1947). */
function fewestDegrees(...metrics: readonly Metric[]): number | null {
  const known = metrics.flatMap(({ items }) =>
    items === undefined ? [] : (covarianceOf(items, items)?.degrees ?? []),
  )
  return known.length === 0 ? null : Math.min(...known)
}
