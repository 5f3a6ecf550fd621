/** @file The quantiles that 95% intervals rest on. */

/** 97.5% quantile of the normal distribution. */
export const normalQuantile = 1.959963984540054

/** 97.5% quantile of Student's t: exact for 1 and 2 degrees of freedom, above within 0.2% (Abramowitz & Stegun 26.7.5). */
export function studentQuantile(degrees: number): number {
  const z = normalQuantile
  const whole = Math.max(1, Math.floor(degrees))
  if (whole === 1) return Math.tan(0.475 * Math.PI)
  if (whole === 2) return 0.95 * Math.sqrt(2 / (1 - 0.95 ** 2))
  const terms = [
    (z ** 3 + z) / 4,
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
    (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / 92_160,
  ]
  return terms.reduce((sum, term, i) => sum + term / whole ** (i + 1), z)
}
