import { describe, expect, it } from 'vitest'
import { shareInterval, wilson } from './share.ts'

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

describe('shareInterval', () => {
  it('is Wilson on the effective number of trials, less what few clusters take', () => {
    // 200 trials of p = ½ in many clusters, as scattered as 50 independent ones would be
    const [low, high] = shareInterval(0.5, {
      stderr: Math.sqrt(0.25 / 50),
      degrees: 1e6,
      clusters: 1e6,
      most: 200,
    })
    expect(low).toBeCloseTo(wilson(25, 50)[0], 5)
    expect(high).toBeCloseTo(wilson(25, 50)[1], 5)
    const few = shareInterval(0.5, { stderr: Math.sqrt(0.25 / 50), degrees: 3, clusters: 4, most: 200 })
    expect(few[1] - few[0]).toBeGreaterThan(high - low)
  })
  it('cannot count more trials than there are', () => {
    const lucky = shareInterval(0.5, { stderr: 0.001, degrees: 1e6, clusters: 1e6, most: 100 })
    expect(lucky[0]).toBeCloseTo(wilson(50, 100)[0], 5)
  })
  it('of nothing seen counts each cluster once: 0 of 32 texts, however many trials they hold', () => {
    expect(shareInterval(0, { stderr: 0, degrees: 31, clusters: 32, most: 2000 })).toEqual(wilson(0, 32))
    expect(shareInterval(1, { stderr: 0, degrees: 31, clusters: 32, most: 2000 })[0]).toBeCloseTo(
      1 - 0.10718,
      4,
    )
  })
})
