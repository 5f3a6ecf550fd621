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

/**
 * Entropy of the source that the grams were drawn from, bits a gram, after Chao, Wang & Jost (2013), "Entropy and the
 * species accumulation curve": Σ x/n (ψ(n) − ψ(x)) for what was seen, and what the grams seen once and twice say of the
 * unseen. The plug-in estimate cannot exceed log₂ n, which 2,000 grams of English reach before the language does. NaN
 * without grams.
 */
export function sourceEntropy({ total: n, counts }: GramCounts): number {
  if (n === 0) return Number.NaN
  // ψ(n) − ψ(x) = Σ 1/k, k = x … n − 1
  const harmonic = new Float64Array(n + 1)
  for (let k = 1; k < n; k++) harmonic[k + 1] = harmonic[k] + 1 / k
  let seen = 0
  let once = 0
  let twice = 0
  for (const count of counts.values()) {
    seen += (count / n) * (harmonic[n] - harmonic[count])
    if (count === 1) once++
    if (count === 2) twice++
  }
  return (seen + unseenEntropy(n, once, twice)) / Math.LN2
}

/** f₁/n (1 − A)^(1−n) Σ (1 − A)^r / r over r ≥ n, A = 2f₂ / ((n − 1) f₁ + 2f₂); nats. */
function unseenEntropy(n: number, once: number, twice: number): number {
  if (once === 0 || n < 2) return 0
  const a = twice > 0 ? (2 * twice) / ((n - 1) * once + 2 * twice) : 2 / ((n - 1) * (once - 1) + 2)
  return (once / n) * scaledTail(n, 1 - a)
}

/** q^(1−n) Σ q^r / r over r ≥ n: term by term where that is short, else as −ln(1 − q) less the terms below n. */
function scaledTail(n: number, q: number): number {
  if (n * (1 - q) > 3) {
    let sum = 0
    let power = q
    for (let r = n; power / r > 1e-17; r++) {
      sum += power / r
      power *= q
    }
    return sum
  }
  let tail = -Math.log1p(-q)
  let power = 1
  for (let r = 1; r < n; r++) {
    power *= q
    tail -= power / r
  }
  return q ** (1 - n) * tail
}

/** What `sourceEntropy` gives for `n` grams of which no two are alike: no text of that size shows more. */
export function entropyCeiling(n: number): number {
  return sourceEntropy({ n: 1, total: n, counts: new Map(Array.from({ length: n }, (_, i) => [i, 1])) })
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
