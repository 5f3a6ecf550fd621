/** @file Intervals of shares: Wilson's, on as many trials as the clusters leave. */
import { InputError, studentQuantile, normalQuantile as z } from '@trivium/schema'
import type { Interval } from './student.ts'

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

export type ShareOptions = {
  readonly stderr: number
  /** Degrees of freedom of the standard error. */
  readonly degrees: number
  /** Texts, or rows, with anything to count. */
  readonly clusters: number
  /** Trials in all, which the effective number cannot exceed; `clusters` where trials of one cluster stand and fall together. */
  readonly most: number
}

/**
 * Wilson's interval of a share whose trials come in clusters, on the effective number of trials p(1 − p) / stderr²,
 * less what a t of few clusters takes (Korn & Graubard 1998). A share of 0 or 1 has shown no scatter, so nothing is known
 * of how its trials hang together: each cluster counts once.
 */
export function shareInterval(share: number, { stderr, degrees, clusters, most }: ShareOptions): Interval {
  if (!(stderr > 0)) return wilson(share * clusters, clusters)
  const effective = Math.min(most, (share * (1 - share)) / stderr ** 2)
  const n = effective * (z / studentQuantile(degrees)) ** 2
  return wilson(share * n, n)
}
