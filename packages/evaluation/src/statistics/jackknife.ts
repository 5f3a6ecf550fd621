/** @file The delete-a-group jackknife, for statistics of a whole set: distinct-n, an entropy, a divergence of pooled counts. */

export type Jackknife = {
  readonly value: number
  readonly stderr: number
  /** Tukey's pseudo-values, one a group. */
  readonly pseudoValues: number[]
}

/** Groups of at most so many texts: enough for t, and few enough to be quick. */
export const mostGroups = 32

/** Pairs of groups that are left out together, at most. */
const mostPairs = 32

/**
 * A statistic of the rows, its standard error over whole rows (a bootstrap would count its own copies as repetitions),
 * and its pseudo-values.
 *
 * The jackknife counts what k rows do together k times (Efron & Stein 1981): a repetition, a divergence near its least. The
 * interaction of groups g and h is θ − θ₍g₎ − θ₍h₎ + θ₍gh₎; the sum Q of their squares, from some of the pairs, holds the k
 * together k(k − 1)/2 times. V − ⅓ Q counts single rows once, pairs 5/3 times and triples twice: on the wide side, as few sets show the rare ones.
 * @param rows at least 2
 */
export function jackknife<T>(rows: readonly T[], statistic: (rows: readonly T[]) => number): Jackknife {
  const groups = Math.min(mostGroups, rows.length)
  const without = (...left: readonly number[]): number =>
    statistic(rows.filter((_, i) => !left.includes(i % groups)))
  const value = statistic(rows)
  const single = Array.from({ length: groups }, (_, g) => without(g))
  const mean = single.reduce((sum, v) => sum + v, 0) / groups
  const variance = ((groups - 1) / groups) * single.reduce((sum, v) => sum + (v - mean) ** 2, 0)
  const pairs = somePairs(groups)
  const squares = pairs.reduce((sum, [g, h]) => sum + (value - single[g] - single[h] + without(g, h)) ** 2, 0)
  const together = (squares * groups * (groups - 1)) / 2 / pairs.length
  return {
    value,
    stderr: Math.sqrt(Number.isFinite(together) ? Math.max(variance / 2, variance - together / 3) : variance),
    pseudoValues: single.map((left) => groups * value - (groups - 1) * left),
  }
}

/** All pairs of few groups; of many those at the distances 1, 2, … around a circle. */
function somePairs(groups: number): [number, number][] {
  const pairs: [number, number][] = []
  for (let step = 1; step <= groups / 2; step++)
    for (let g = 0; g < groups; g++) {
      const again = 2 * step === groups && g >= step
      if (!again && pairs.length < mostPairs) pairs.push([g, (g + step) % groups])
    }
  return pairs
}
