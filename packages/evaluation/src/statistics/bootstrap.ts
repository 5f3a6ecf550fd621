/** @file The percentile bootstrap, for statistics without a standard error of their own: a median. */
import { createRng } from '@trivium/random'
import { quantile } from './percentiles.ts'
import type { Interval } from './student.ts'

export type BootstrapOptions = {
  /** B; 2000 when absent. */
  readonly resamples?: number
  readonly seed?: number
}

/**
 * Percentile bootstrap (Efron 1979): the 95% interval of a statistic of `n` items. It is too narrow for means of few items;
 * those have Student's t.
 * @param statistic gets the indices of the drawn items; a resample on which it is not finite is left out
 * @returns null when there are fewer than two items, or when no resample gives a number
 */
export function bootstrap(
  n: number,
  statistic: (drawn: Int32Array) => number,
  options: BootstrapOptions = {},
): Interval | null {
  const { resamples = 2000, seed = 1 } = options
  if (n < 2) return null
  const rng = createRng(seed).fork('bootstrap')
  const values: number[] = []
  for (let b = 0; b < resamples; b++) {
    const drawn = Int32Array.from(rng.fork(b).uniforms(n), (u) => Math.floor(u * n))
    const value = statistic(drawn)
    if (Number.isFinite(value)) values.push(value)
  }
  if (values.length === 0) return null
  const sorted = Float64Array.from(values).sort()
  return [quantile(sorted, 0.025), quantile(sorted, 0.975)]
}
