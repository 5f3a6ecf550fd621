import { createRng } from '@trivium/random'
import { expect, it } from 'vitest'
import { allRows, chiSquareScore, klDivergence, rowNumber } from './index.ts'

it('numbers rows as it lists them', () => {
  const rows = allRows(3, 4)
  expect(rows).toHaveLength(81)
  expect(rows.map((row) => rowNumber(row, 3))).toEqual(Array.from({ length: 81 }, (_, i) => i))
  expect([...rows[5]]).toEqual([0, 0, 1, 2])
})

it('χ² is Wilson and Hilferty of the sum that can be written down', () => {
  // Expected 25 each: χ² = (25 + 25)/25 = 2 of 3 degrees of freedom.
  const score = chiSquareScore([30, 20, 25, 25], [0.25, 0.25, 0.25, 0.25])
  expect(score).toBeCloseTo(((2 / 3) ** (1 / 3) - (1 - 2 / 27)) / Math.sqrt(2 / 27), 12)
  // What cannot occur is no cell when it did not, and decides everything when it did.
  expect(chiSquareScore([30, 20, 0, 25, 25], [0.25, 0.25, 0, 0.25, 0.25])).toBeCloseTo(score, 12)
  expect(chiSquareScore([1, 1], [1, 0])).toBe(Number.POSITIVE_INFINITY)
})

it('χ² is standard normal for counts that follow the law', () => {
  const p = [0.4, 0.3, 0.2, 0.1]
  const scores = Array.from({ length: 400 }, (_, repeat) => {
    const counts = [0, 0, 0, 0]
    for (const u of createRng(3).fork(repeat).uniforms(500))
      counts[u < 0.4 ? 0 : u < 0.7 ? 1 : u < 0.9 ? 2 : 3]++
    return chiSquareScore(counts, p)
  })
  const mean = scores.reduce((a, b) => a + b, 0) / scores.length
  const variance = scores.reduce((a, x) => a + (x - mean) ** 2, 0) / (scores.length - 1)
  expect(Math.abs(mean)).toBeLessThan(0.15)
  expect(Math.abs(variance - 1)).toBeLessThan(0.25)
})

it('the divergence is the closed form', () => {
  expect(klDivergence([3, 1], [0.5, 0.5])).toBeCloseTo(0.75 * Math.log(1.5) + 0.25 * Math.log(0.5), 12)
  expect(klDivergence([5, 0], [1, 0])).toBe(0)
})
