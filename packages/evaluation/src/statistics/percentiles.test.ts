import { describe, expect, it } from 'vitest'
import { percentiles, quantile } from './percentiles.ts'

describe('percentiles', () => {
  it('gives tails only where there are enough values', () => {
    const values = (n: number): number[] => Array.from({ length: n }, (_, i) => n - i)
    expect(percentiles(values(63)).p90).toBeNull()
    expect(percentiles(values(64)).p90).toBeCloseTo(1 + 63 * 0.9, 12)
    expect(percentiles(values(661)).p99).toBeNull()
    expect(percentiles(values(662)).p99).toBeCloseTo(1 + 661 * 0.99, 12)
    expect(quantile([1, 2, 4], 0.25)).toBe(1.5)
  })
  it('bounds the median by the widest order statistics that the binomial allows', () => {
    const interval = (n: number): unknown => percentiles(Array.from({ length: n }, (_, i) => i + 1)).ci95
    expect(interval(5)).toBeNull()
    expect(interval(6)).toEqual([1, 6])
    expect(interval(8)).toEqual([1, 8])
    expect(interval(9)).toEqual([2, 8])
    expect(interval(20)).toEqual([6, 15]) // the textbook ranks for n = 20
    expect(interval(5000)).not.toBeNull()
  })
})
