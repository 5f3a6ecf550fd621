/** @file Divergences in closed form and by brute force. */
import { createRng } from '@trivium/random'
import { describe, expect, it } from 'vitest'
import { countGrams, gramEntropy, jensenShannon } from './ngrams.ts'

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)

describe('n-grams', () => {
  it('are counted within rows, all 32 bits of a key apart', () => {
    const { total, counts } = countGrams([bytes(255, 255, 255, 255, 0), bytes(255, 255)], 4)
    expect(total).toBe(2)
    expect([...counts.keys()]).toEqual([0xffffffff, 0xffffff00])
    expect(countGrams([bytes(1, 2), bytes(3)], 2).total).toBe(1)
    expect(() => countGrams([], 5)).toThrow(/length 5/)
  })
  it('have the entropy of their frequencies', () => {
    expect(gramEntropy(countGrams([bytes(0, 1, 2, 3)], 1))).toBe(2)
    expect(gramEntropy(countGrams([bytes(7, 7, 7)], 2))).toBe(0)
    expect(gramEntropy(countGrams([bytes(0, 0, 0, 1)], 1))).toBeCloseTo(0.811278, 6)
    expect(gramEntropy(countGrams([], 1))).toBeNaN()
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
