/** @file Divergences in closed form and by brute force. */
import { createRng } from '@trivium/random'
import { describe, expect, it } from 'vitest'
import { countGrams, entropyCeiling, type GramCounts, jensenShannon, sourceEntropy } from './ngrams.ts'

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)

describe('n-grams', () => {
  it('are counted within rows, all 32 bits of a key apart', () => {
    const { total, counts } = countGrams([bytes(255, 255, 255, 255, 0), bytes(255, 255)], 4)
    expect(total).toBe(2)
    expect([...counts.keys()]).toEqual([0xffffffff, 0xffffff00])
    expect(countGrams([bytes(1, 2), bytes(3)], 2).total).toBe(1)
    expect(() => countGrams([], 5)).toThrow(/length 5/)
  })
})

describe('sourceEntropy', () => {
  const entropyOf = (p: readonly number[]): number => p.reduce((sum, q) => sum - q * Math.log2(q), 0)
  const drawn = (p: readonly number[], n: number, seed: number): GramCounts => {
    let sum = 0
    const cumulative = p.map((q) => (sum += q))
    const symbols = Uint8Array.from(createRng(seed).uniforms(n), (u) => {
      const k = cumulative.findIndex((c) => u < c)
      return k < 0 ? p.length - 1 : k
    })
    return countGrams([symbols], 1)
  }
  const plugIn = ({ total, counts }: GramCounts): number =>
    entropyOf([...counts.values()].map((count) => count / total))

  it('is the published estimate, term by term', () => {
    // Counts 3, 2, 1, 1 of n = 7: f₁ = 2, f₂ = 1, A = 2 / (6 · 2 + 2) = 1/7.
    const counts = countGrams([bytes(0, 0, 0, 1, 1, 2, 3)], 1)
    const psi = (x: number): number =>
      Array.from({ length: 7 - x }, (_, i) => 1 / (x + i)).reduce((a, b) => a + b, 0)
    const seen = (3 / 7) * psi(3) + (2 / 7) * psi(2) + (2 / 7) * psi(1)
    const a = 1 / 7
    const sum = [1, 2, 3, 4, 5, 6].reduce((all, r) => all + (1 - a) ** r / r, 0)
    const unseen = (2 / 7) * (1 - a) ** -6 * (-Math.log(a) - sum)
    expect(sourceEntropy(counts)).toBeCloseTo((seen + unseen) / Math.LN2, 10)
  })
  it('finds what few draws do not show: nearer than the frequencies to the entropy of the source', () => {
    const zipf = Array.from({ length: 200 }, (_, i) => 1 / (i + 1))
    const norm = zipf.reduce((a, b) => a + b, 0)
    const p = zipf.map((q) => q / norm)
    let [ours, theirs] = [0, 0]
    for (let seed = 1; seed <= 40; seed++) {
      const counts = drawn(p, 150, seed)
      ours += sourceEntropy(counts) / 40
      theirs += plugIn(counts) / 40
    }
    expect(Math.abs(ours - entropyOf(p))).toBeLessThan(0.15)
    expect(entropyOf(p) - theirs).toBeGreaterThan(0.5)
  })
  it('is the frequencies’ own where nothing is unseen, and both sums agree where they meet', () => {
    const all = countGrams([bytes(...Array.from({ length: 4000 }, (_, i) => i % 4))], 1)
    expect(sourceEntropy(all)).toBeCloseTo(2, 2)
    expect(sourceEntropy(countGrams([], 1))).toBeNaN()
    // n(1 − q) just above and below the switch: f₁ = 2, f₂ = 3 … 4 among many grams seen often.
    const near = (twice: number): number => {
      const counts = new Map<number, number>()
      for (let i = 0; i < 40; i++) counts.set(i, 50)
      for (let i = 0; i < 2; i++) counts.set(100 + i, 1)
      for (let i = 0; i < twice; i++) counts.set(200 + i, 2)
      return sourceEntropy({ n: 1, total: 2002 + 2 * twice, counts })
    }
    expect(near(4) - near(3)).toBeGreaterThan(0)
    expect(near(4) - near(3)).toBeLessThan(0.02)
  })
  it('has a ceiling far above log₂ n', () => {
    expect(entropyCeiling(1952) / 4).toBeGreaterThan(5)
    expect(Math.log2(1952) / 4).toBeCloseTo(2.733, 3)
    expect(entropyCeiling(0)).toBeNaN()
  })
})

describe('jensenShannon', () => {
  it('is 0 for equal, 1 bit for disjoint, and the closed form between', () => {
    const half = countGrams([bytes(0, 1)], 1)
    expect(jensenShannon(half, countGrams([bytes(0, 1, 1, 0)], 1))).toBe(0)
    expect(jensenShannon(half, countGrams([bytes(2, 3, 4)], 1))).toBe(1)
    // p = (1, 0), q = (½, ½): H(¾, ¼) − ½ H(½, ½)
    expect(jensenShannon(half, countGrams([bytes(0)], 1))).toBeCloseTo(0.811278 - 0.5, 6)
    expect(jensenShannon(half, countGrams([], 1))).toBeNaN()
    expect(() => jensenShannon(half, countGrams([], 2))).toThrow(/equal lengths/)
  })
  it('equals H(m) − (H(p) + H(q)) / 2 over every gram, in both directions', () => {
    const draw = (seed: number, n: number): Uint8Array =>
      Uint8Array.from(createRng(seed).uniforms(n), (u) => Math.floor(6 * u ** seed))
    for (const n of [1, 2, 3]) {
      const p = countGrams([draw(1, 300)], n)
      const q = countGrams([draw(2, 900)], n)
      const h = (x: number): number => (x > 0 ? -x * Math.log2(x) : 0)
      let brute = 0
      for (const key of new Set([...p.counts.keys(), ...q.counts.keys()])) {
        const [a, b] = [(p.counts.get(key) ?? 0) / p.total, (q.counts.get(key) ?? 0) / q.total]
        brute += h((a + b) / 2) - (h(a) + h(b)) / 2
      }
      expect(jensenShannon(p, q)).toBeCloseTo(brute, 12)
      expect(jensenShannon(q, p)).toBeCloseTo(brute, 12)
    }
  })
})
