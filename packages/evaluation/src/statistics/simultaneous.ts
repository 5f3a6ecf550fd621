/**
 * @file Many intervals that hold at once. Of forty comparisons at 95% each two call a change where nothing changed; at
 * 1 − α/40 each, a share α of all runs calls any (Bonferroni).
 */

/** Beyond so many degrees of freedom Student's t is the normal distribution to three digits. */
const mostDegrees = 1000

/**
 * How many times wider an interval of 95% alone has to be, so that `comparisons` of its kind all hold but in a share `alpha`.
 * @param degrees of freedom of the interval; null where they are unknown, and taken as many
 */
export function simultaneousFactor(degrees: number | null, comparisons: number, alpha: number): number {
  const whole = Math.max(1, Math.floor(Math.min(degrees ?? mostDegrees, mostDegrees)))
  return quantile(whole, alpha / comparisons) / quantile(whole, 0.05)
}

/** The t that is exceeded in size with probability `alpha`, by bisection. */
function quantile(degrees: number, alpha: number): number {
  let [low, high] = [0, 1]
  while (outside(high, degrees) > alpha) high *= 2
  for (let i = 0; i < 80; i++) {
    const middle = (low + high) / 2
    if (outside(middle, degrees) > alpha) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** P(|T| > t) of Student's t, by the finite sums of whole degrees of freedom (Abramowitz & Stegun 26.7.3, 26.7.4). */
function outside(t: number, degrees: number): number {
  const theta = Math.atan(t / Math.sqrt(degrees))
  const [sin, cos] = [Math.sin(theta), Math.cos(theta)]
  const odd = degrees % 2 === 1
  let term = odd ? cos : 1
  let sum = degrees === 1 ? 0 : term
  for (let k = odd ? 3 : 2; k < degrees; k += 2) {
    term *= ((k - 1) / k) * cos * cos
    sum += term
  }
  return odd ? 1 - (2 / Math.PI) * (theta + sin * sum) : 1 - sin * sum
}
