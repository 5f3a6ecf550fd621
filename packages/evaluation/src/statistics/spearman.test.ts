import { describe, expect, it } from 'vitest'
import { meanRanks, spearman } from './spearman.ts'

describe('spearman', () => {
  it('is 1, −1 and the worked value of Kendall (1948) with ties', () => {
    expect(spearman([1, 2, 3, 10], [5, 6, 7, 8])).toBeCloseTo(1, 12)
    expect(spearman([1, 2, 3], [9, 5, 1])).toBeCloseTo(-1, 12)
    // Σd² = 2 over n = 4 without ties: 1 − 6·2/(4·15).
    expect(spearman([1, 2, 3, 4], [2, 1, 3, 4])).toBeCloseTo(0.8, 12)
    expect(spearman([1, 1, 2], [1, 2, 3])).toBeCloseTo(Math.sqrt(3) / 2, 12)
  })
  it('is no number where nothing varies', () => {
    expect(spearman([1, 1], [1, 2])).toBeNaN()
  })
  it('shares ranks among equals', () => {
    expect([...meanRanks([5, 1, 5, 0])]).toEqual([3.5, 2, 3.5, 1])
  })
})
