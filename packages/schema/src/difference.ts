/** @file How two values of one metric compare: the difference with its interval, paired where the units are the same. */
import { covarianceOf } from './items.ts'
import type { Metric } from './results.ts'

export type Difference = {
  /** a − b. */
  readonly value: number
  readonly ci95: readonly [number, number] | null
  /** Whether the units were paired; otherwise the two are taken as independent. */
  readonly paired: boolean
}

/**
 * a − b with its 95% interval out of the intervals of both (Zou & Donner 2008, the method of variance estimates
 * recovery): it keeps the limits of a share near 0 or 1 and equals the paired interval where both are symmetric. The
 * correlation comes from the items of the two. null when one has no interval: then nothing is shown.
 */
export function metricDifference(a: Metric, b: Metric): Difference {
  const value = a.value - b.value
  const correlation = correlationOf(a, b)
  const paired = correlation !== null
  if (a.ci95 === null || b.ci95 === null) return { value, ci95: null, paired }
  const half = (x: number, y: number): number =>
    Math.sqrt(Math.max(0, x * x - 2 * (correlation ?? 0) * x * y + y * y))
  const below = half(a.value - a.ci95[0], b.ci95[1] - b.value)
  const above = half(a.ci95[1] - a.value, b.value - b.ci95[0])
  return { value, ci95: [value - below, value + above], paired }
}

/** null when the two do not pair; 0 when one of them does not vary. */
function correlationOf(a: Metric, b: Metric): number | null {
  if (a.items === undefined || b.items === undefined) return null
  const [both, ofA, ofB] = [
    covarianceOf(a.items, b.items),
    covarianceOf(a.items, a.items),
    covarianceOf(b.items, b.items),
  ]
  if (both === null || ofA === null || ofB === null) return null
  const scale = Math.sqrt(ofA.value * ofB.value)
  return scale > 0 ? Math.max(-1, Math.min(1, both.value / scale)) : 0
}
