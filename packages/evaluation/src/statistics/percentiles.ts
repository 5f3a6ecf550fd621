/** @file Order statistics of times: quantiles, and the tails only where there are enough values for them. */
import { InputError } from '@trivium/schema'
import type { Interval } from './student.ts'

/** Quantile q of ascending values, linear between order statistics (Hyndman & Fan type 7). */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  const at = (sorted.length - 1) * q
  const low = Math.floor(at)
  const high = Math.min(low + 1, sorted.length - 1)
  return sorted[low] + (at - low) * (sorted[high] - sorted[low])
}

/** p50, and the tails only where there are enough values for them: p90 from 64, p99 from 662, else null. */
export function percentiles(values: readonly number[]): {
  n: number
  p50: number
  p90: number | null
  p99: number | null
  ci95: Interval | null
} {
  if (values.length === 0) throw new InputError('percentiles: no values; pass at least one')
  const sorted = Float64Array.from(values).sort()
  const n = sorted.length
  return {
    n,
    p50: quantile(sorted, 0.5),
    p90: n >= 64 ? quantile(sorted, 0.9) : null,
    p99: n >= 662 ? quantile(sorted, 0.99) : null,
    ci95: medianInterval(sorted),
  }
}

/** Distribution-free interval of the median from order statistics, coverage ≥ 95%; null below 6 values. */
function medianInterval(sorted: ArrayLike<number>): Interval | null {
  const n = sorted.length
  if (n < 6) return null
  let rank = 0
  let log = -n * Math.LN2 // log P(Binomial(n, ½) = 0)
  let below = Math.exp(log)
  while (below <= 0.025) {
    rank++
    log += Math.log((n - rank + 1) / rank)
    below += Math.exp(log)
  }
  return [sorted[rank - 1], sorted[n - rank]]
}
