/** @file Intervals of means: Student's t on few units. */
import { studentQuantile } from '@trivium/schema'

export type Interval = [number, number]

/** value ± t · standard error, within a range. */
export function meanInterval(
  value: number,
  stderr: number,
  degrees: number,
  range: readonly [number, number] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
): Interval {
  const half = studentQuantile(degrees) * stderr
  return [Math.max(range[0], value - half), Math.min(range[1], value + half)]
}
