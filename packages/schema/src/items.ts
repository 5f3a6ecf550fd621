/**
 * @file What the error of a metric rests on: one number a unit (a text, a document). Two metrics on the same units
 * compare pair by pair, which drops what both share.
 */
import { z } from 'zod'

/**
 * `values[seed][unit]`: what a unit alone says of the metric. For a mean that is the unit's own value; for a ratio or a
 * statistic of the whole set it is Tukey's pseudo-value (Tukey 1958), so that their mean is the metric and their scatter
 * its error.
 */
export const itemsSchema = z.strictObject({
  unit: z
    .enum(['texts', 'documents', 'stretches', 'examples'])
    .describe(
      'texts: drawn anew for each training seed; the others are the same for each: documents of the held-out text, stretches of one without, groups of examples',
    ),
  values: z.array(z.array(z.number()).nonempty()).nonempty().describe('[training seed][unit]'),
})
export type Items = z.infer<typeof itemsSchema>

/** Two metrics pair when they have the same units of the same seeds. */
const pairs = (a: Items, b: Items): boolean =>
  a.unit === b.unit &&
  a.values.length === b.values.length &&
  a.values.every((row, s) => row.length === b.values[s].length)

/**
 * Covariance of the means of two items, and the degrees of freedom that it rests on. With one seed the units are the
 * sample. With several, texts are drawn for each seed, so that the seeds are the sample; documents are crossed with the
 * seeds, and the covariance is the two-way one of Σ seeds + Σ documents − residual, its degrees of freedom after
 * Satterthwaite (1946).
 * @returns null when the two do not pair, or when there is nothing to compare (one unit, one seed)
 */
export function covarianceOf(a: Items, b: Items): { value: number; degrees: number } | null {
  if (!pairs(a, b)) return null
  const seeds = a.values.length
  if (seeds === 1) return ofMeans(a.values[0], b.values[0])
  const bySeed = ofMeans(a.values.map(mean), b.values.map(mean))
  if (a.unit === 'texts' || bySeed === null) return bySeed
  const [unitsA, unitsB] = [unitMeans(a.values), unitMeans(b.values)]
  const byUnit = ofMeans(unitsA, unitsB)
  if (byUnit === null) return bySeed
  const value = bySeed.value + byUnit.value - residual(a.values, b.values, unitsA, unitsB)
  const [s, u] = [Math.abs(bySeed.value), Math.abs(byUnit.value)]
  const degrees =
    s + u === 0 ? bySeed.degrees : (s + u) ** 2 / (s ** 2 / bySeed.degrees + u ** 2 / byUnit.degrees)
  // For a variance the sum of the parts may fall below one of them by chance.
  return { value: a === b ? Math.max(value, bySeed.value, byUnit.value) : value, degrees }
}

function ofMeans(a: readonly number[], b: readonly number[]): { value: number; degrees: number } | null {
  const n = a.length
  if (n < 2) return null
  const [meanA, meanB] = [mean(a), mean(b)]
  const sum = a.reduce((total, value, i) => total + (value - meanA) * (b[i] - meanB), 0)
  return { value: sum / (n * (n - 1)), degrees: n - 1 }
}

/** The part of a covariance of grand means that is neither the seed's nor the unit's. */
function residual(
  a: readonly (readonly number[])[],
  b: readonly (readonly number[])[],
  unitsA: readonly number[],
  unitsB: readonly number[],
): number {
  const [seeds, units] = [a.length, a[0].length]
  const [grandA, grandB] = [mean(unitsA), mean(unitsB)]
  let sum = 0
  a.forEach((row, s) => {
    const [seedA, seedB] = [mean(row), mean(b[s])]
    row.forEach((value, u) => {
      sum += (value - seedA - unitsA[u] + grandA) * (b[s][u] - seedB - unitsB[u] + grandB)
    })
  })
  return sum / ((seeds - 1) * (units - 1) * seeds * units)
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

const unitMeans = (values: readonly (readonly number[])[]): number[] =>
  values[0].map((_, u) => mean(values.map((row) => row[u])))
