/**
 * @file Intervals for every plotted number: Wilson, bootstrap, jackknife, order statistics. All are deterministic in
 * their seed.
 */
import { createRng } from '@trivium/random'
import { InputError } from '@trivium/schema'

export type Interval = [number, number]

const z = 1.959963984540054

/** Wilson's 95% interval of a proportion (Wilson 1927). n = 0 says nothing: [0, 1]. */
export function wilson(successes: number, n: number): Interval {
  if (!(successes >= 0 && successes <= n))
    throw new InputError(`wilson: ${successes} successes of ${n}; pass 0 ≤ successes ≤ n`)
  if (n === 0) return [0, 1]
  const share = successes / n
  const scale = 1 + (z * z) / n
  const centre = (share + (z * z) / (2 * n)) / scale
  const half = (z / scale) * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n))
  return [successes === 0 ? 0 : Math.max(0, centre - half), successes === n ? 1 : Math.min(1, centre + half)]
}

/** Mean and its standard error; the error of a single value is unknown: null. */
export function meanAndStderr(values: ArrayLike<number>): { mean: number; stderr: number | null } {
  const n = values.length
  if (n === 0) throw new InputError('meanAndStderr: no values; pass at least one')
  let mean = 0
  for (let i = 0; i < n; i++) mean += values[i] / n
  if (n === 1) return { mean, stderr: null }
  let squares = 0
  for (let i = 0; i < n; i++) squares += (values[i] - mean) ** 2
  return { mean, stderr: Math.sqrt(squares / (n - 1) / n) }
}

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

export type BootstrapOptions = {
  /** B; 2000 when absent. */
  readonly resamples?: number
  readonly seed?: number
  /** A label for each item (its training seed): clusters are drawn first, then items within each. */
  readonly clusters?: readonly (number | string)[]
}

/**
 * Percentile bootstrap (Efron 1979): the 95% interval of a statistic of `n` items.
 * @param statistic gets the indices of the drawn items; a resample on which it is not finite is left out
 * @returns null when there are fewer than two items, or when no resample gives a number
 */
export function bootstrap(
  n: number,
  statistic: (drawn: Int32Array) => number,
  options: BootstrapOptions = {},
): Interval | null {
  const { resamples = 2000, seed = 1, clusters } = options
  if (clusters !== undefined && clusters.length !== n)
    throw new InputError(`bootstrap: ${clusters.length} cluster labels for ${n} items; pass one for each`)
  if (n < 2) return null
  const groups = groupsOf(n, clusters)
  const largest = groups.reduce((most, group) => Math.max(most, group.length), 0)
  const needed = groups.length === 1 ? n : groups.length * (1 + largest)
  const rng = createRng(seed).fork('bootstrap')
  const values: number[] = []
  for (let b = 0; b < resamples; b++) {
    const value = statistic(drawItems(groups, rng.fork(b).uniforms(needed)))
    if (Number.isFinite(value)) values.push(value)
  }
  if (values.length === 0) return null
  const sorted = Float64Array.from(values).sort()
  return [quantile(sorted, 0.025), quantile(sorted, 0.975)]
}

/** Interval of Σ numerators / Σ denominators over the same items, e.g. bits over characters. */
export function bootstrapRatio(
  numerators: ArrayLike<number>,
  denominators: ArrayLike<number>,
  options: BootstrapOptions = {},
): Interval | null {
  return bootstrap(
    numerators.length,
    (drawn) => {
      let above = 0
      let below = 0
      for (const i of drawn) {
        above += numerators[i]
        below += denominators[i]
      }
      return above / below
    },
    options,
  )
}

/** a − b on the same items and seeds: mean, interval and standard error of the differences. */
export function pairedDifference(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  options: BootstrapOptions = {},
): { mean: number; stderr: number | null; ci95: Interval | null; n: number } {
  if (a.length !== b.length)
    throw new InputError(`pairedDifference: ${a.length} and ${b.length} values; pass one pair for each item`)
  const differences = Float64Array.from(a, (value, i) => value - b[i])
  const ci95 = bootstrapRatio(differences, new Float64Array(a.length).fill(1), options)
  return { ...meanAndStderr(differences), ci95, n: a.length }
}

/**
 * Delete-a-group jackknife: for statistics of a *set* (distinct-n, a divergence of pooled counts). A bootstrap would
 * count its own copies as repetitions there, and its interval would miss the value.
 * @param without the statistic with the items of group g left out
 * @param groups number of groups, at least 2
 */
export function jackknife(
  value: number,
  groups: number,
  without: (group: number) => number,
): { stderr: number; ci95: Interval } {
  const values = Float64Array.from({ length: groups }, (_, g) => without(g))
  const { mean } = meanAndStderr(values)
  let squares = 0
  for (const v of values) squares += (v - mean) ** 2
  const stderr = Math.sqrt(((groups - 1) / groups) * squares)
  const half = studentQuantile(groups - 1) * stderr
  return { stderr, ci95: [value - half, value + half] }
}

/** 97.5% quantile of Student's t (Cornish–Fisher; Abramowitz & Stegun 26.7.5), within 1% from 3 degrees of freedom. */
function studentQuantile(degrees: number): number {
  const g1 = (z ** 3 + z) / 4
  const g2 = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96
  const g3 = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384
  return z + g1 / degrees + g2 / degrees ** 2 + g3 / degrees ** 3
}

function groupsOf(n: number, clusters: readonly (number | string)[] | undefined): number[][] {
  if (clusters === undefined) return [Array.from({ length: n }, (_, i) => i)]
  const groups = new Map<number | string, number[]>()
  clusters.forEach((label, i) => {
    const group = groups.get(label)
    if (group === undefined) groups.set(label, [i])
    else group.push(i)
  })
  return [...groups.values()]
}

/** Clusters with replacement, then the items of each with replacement; one cluster is drawn as it is. */
function drawItems(groups: number[][], u: Float64Array): Int32Array {
  if (groups.length === 1) return Int32Array.from(groups[0], (_, i) => Math.floor(u[i] * groups[0].length))
  const drawn: number[] = []
  let at = groups.length
  for (let c = 0; c < groups.length; c++) {
    const group = groups[Math.floor(u[c] * groups.length)]
    for (let i = 0; i < group.length; i++) drawn.push(group[Math.floor(u[at++] * group.length)])
  }
  return Int32Array.from(drawn)
}
