/** @file Whether counts follow a law: χ² and Kullback–Leibler. */

/**
 * Standard score of Pearson's χ² by the cube root of Wilson and Hilferty (1931); about normal when the counts follow `p`,
 * whose expected counts are n·p. Infinity where something of probability 0 was counted.
 */
export function chiSquareScore(counts: ArrayLike<number>, p: ArrayLike<number>): number {
  let n = 0
  for (let k = 0; k < counts.length; k++) n += counts[k]
  let chi = 0
  let cells = 0
  for (let k = 0; k < counts.length; k++) {
    if (p[k] === 0) {
      if (counts[k] > 0) return Number.POSITIVE_INFINITY
      continue
    }
    chi += (counts[k] - n * p[k]) ** 2 / (n * p[k])
    cells += 1
  }
  const df = cells - 1
  return ((chi / df) ** (1 / 3) - (1 - 2 / (9 * df))) / Math.sqrt(2 / (9 * df))
}

/** KL(counts/n ‖ p), nats. When the counts follow `p` it is about (cells − 1)/2n, not 0. */
export function klDivergence(counts: ArrayLike<number>, p: ArrayLike<number>): number {
  let n = 0
  for (let k = 0; k < counts.length; k++) n += counts[k]
  let kl = 0
  for (let k = 0; k < counts.length; k++)
    if (counts[k] > 0) kl += (counts[k] / n) * Math.log(counts[k] / n / p[k])
  return kl
}
