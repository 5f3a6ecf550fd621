/** @file Distributions of character n-grams (n ≤ 4): entropy and Jensen–Shannon divergence. Named so; never 'MAUVE'. */
import { InputError } from '@trivium/schema'

/** Occurrences of each n-gram; a key packs the symbols of a gram, eight bits each. */
export type GramCounts = {
  readonly n: number
  readonly total: number
  readonly counts: ReadonlyMap<number, number>
}

/** Counts n-grams within rows of symbols (never across two rows). @throws InputError unless n is 1 … 4 */
export function countGrams(rows: Iterable<Uint8Array>, n: number): GramCounts {
  if (!Number.isInteger(n) || n < 1 || n > 4)
    throw new InputError(`n-gram length ${n} is not 1, 2, 3 or 4; longer grams do not fit a key`)
  const counts = new Map<number, number>()
  const mask = n === 4 ? 0xffffffff : 2 ** (8 * n) - 1
  let total = 0
  for (const row of rows) {
    let key = 0
    for (let i = 0; i < row.length; i++) {
      key = (((key << 8) | row[i]) & mask) >>> 0
      if (i < n - 1) continue
      counts.set(key, (counts.get(key) ?? 0) + 1)
      total++
    }
  }
  return { n, total, counts }
}

/** Shannon entropy of the gram distribution, bits a gram (plug-in estimate); NaN without grams. */
export function gramEntropy({ total, counts }: GramCounts): number {
  if (total === 0) return Number.NaN
  let bits = 0
  for (const count of counts.values()) bits -= (count / total) * Math.log2(count / total)
  return bits
}

/**
 * Jensen–Shannon divergence (Lin 1991) of two gram distributions, bits, 0 … 1; NaN when either has no grams.
 * A finite sample of the very same source stands above 0: read it beside held-out rows of equal size.
 */
export function jensenShannon(a: GramCounts, b: GramCounts): number {
  if (a.n !== b.n) throw new InputError(`jensenShannon: ${a.n}-grams and ${b.n}-grams; compare equal lengths`)
  if (a.total === 0 || b.total === 0) return Number.NaN
  const [small, large] = a.counts.size <= b.counts.size ? [a, b] : [b, a]
  let shared = 0
  let sum = 0
  for (const [key, count] of small.counts) {
    const p = count / small.total
    const other = large.counts.get(key) ?? 0
    const q = other / large.total
    shared += other
    sum += p * Math.log2((2 * p) / (p + q))
    if (q > 0) sum += q * Math.log2((2 * q) / (p + q))
  }
  // A gram that only the larger table has adds q·log2(2q / q) = q.
  return Math.min(1, Math.max(0, (sum + (1 - shared / large.total)) / 2))
}
