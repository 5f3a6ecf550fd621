/** @file Intervals against closed forms, published values and their own coverage. */
import { createRng } from '@trivium/random'
import { describe, expect, it } from 'vitest'
import {
  bootstrap,
  bootstrapRatio,
  jackknife,
  meanAndStderr,
  pairedDifference,
  percentiles,
  quantile,
  wilson,
} from './statistics.ts'

describe('wilson', () => {
  it('solves |p̂ − p| = z √(p(1−p)/n)', () => {
    for (const [k, n] of [
      [3, 10],
      [1, 50],
      [49, 50],
    ]) {
      for (const p of wilson(k, n))
        expect(Math.abs(k / n - p)).toBeCloseTo(1.959963984540054 * Math.sqrt((p * (1 - p)) / n), 12)
    }
  })
  it('stays in [0, 1] and closes at the ends', () => {
    expect(wilson(0, 20)[0]).toBe(0)
    expect(wilson(0, 20)[1]).toBeCloseTo(0.16113, 4) // z² / (n + z²)
    expect(wilson(20, 20)[1]).toBe(1)
    expect(wilson(0, 0)).toEqual([0, 1])
    expect(() => wilson(3, 2)).toThrow(/3 successes of 2/)
  })
})

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

describe('bootstrap', () => {
  const normals = [...createRng(4).normals(200)]
  const meanOf = (drawn: Int32Array): number => drawn.reduce((sum, i) => sum + normals[i], 0) / drawn.length

  it('of a mean agrees with ±1.96 standard errors', () => {
    const { mean, stderr } = meanAndStderr(normals)
    const [low, high] = bootstrap(200, meanOf) as [number, number]
    expect(low).toBeCloseTo(mean - 1.96 * (stderr as number), 1.5)
    expect((high - low) / (3.92 * (stderr as number))).toBeGreaterThan(0.93)
    expect((high - low) / (3.92 * (stderr as number))).toBeLessThan(1.07)
  })
  it('is deterministic in its seed', () => {
    expect(bootstrap(200, meanOf, { seed: 3 })).toEqual(bootstrap(200, meanOf, { seed: 3 }))
    expect(bootstrap(200, meanOf, { seed: 3 })).not.toEqual(bootstrap(200, meanOf, { seed: 4 }))
  })
  it('is as wide as the clusters ask: items of one cluster that agree are one item', () => {
    const values = Array.from({ length: 400 }, (_, i) => normals[i % 20])
    const ones = values.map(() => 1)
    const clusters = values.map((_, i) => i % 20)
    const width = ([low, high]: [number, number]): number => high - low
    const wide = width(bootstrapRatio(values, ones, { clusters }) as [number, number])
    const narrow = width(bootstrapRatio(values, ones) as [number, number])
    expect(wide / narrow).toBeGreaterThan(3.5) // √20 = 4.5
    expect(wide / narrow).toBeLessThan(5.5)
  })
  it('handles clusters of unequal size, single items and wrong labels', () => {
    const drawn = new Set<number>()
    bootstrap(
      5,
      (indices) => {
        for (const i of indices) drawn.add(i)
        return indices.length
      },
      { clusters: ['a', 'a', 'a', 'a', 'b'], resamples: 200 },
    )
    expect([...drawn].sort()).toEqual([0, 1, 2, 3, 4])
    expect(bootstrap(1, () => 1)).toBeNull()
    expect(() => bootstrap(2, () => 1, { clusters: [1] })).toThrow(/1 cluster labels for 2 items/)
  })
})

describe('jackknife', () => {
  it('of a mean is the standard error', () => {
    const values = [...createRng(1).normals(40)]
    const { mean, stderr } = meanAndStderr(values)
    const left = jackknife(mean, 40, (g) => (mean * 40 - values[g]) / 39)
    expect(left.stderr).toBeCloseTo(stderr as number, 12)
    expect(left.ci95[1] - mean).toBeCloseTo(2.0227 * (stderr as number), 4) // t(0.975; 39)
  })
})

it('paired differences drop what both sides share', () => {
  const shared = createRng(1).normals(50)
  const a = Array.from(shared, (s, i) => 10 * s + 1 + 0.01 * (i % 3))
  const b = Array.from(shared, (s) => 10 * s)
  const { mean, ci95, n } = pairedDifference(a, b)
  expect(mean).toBeCloseTo(1.0098, 6)
  expect(n).toBe(50)
  expect((ci95 as [number, number])[1] - (ci95 as [number, number])[0]).toBeLessThan(0.01)
  expect(() => pairedDifference([1], [1, 2])).toThrow(/1 and 2 values/)
})
