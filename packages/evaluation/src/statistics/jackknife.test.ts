import { createRng } from '@trivium/random'
import { describe, expect, it } from 'vitest'
import { jackknife } from './jackknife.ts'

const meanOf = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length

describe('jackknife', () => {
  it('of a mean is the standard error, and its pseudo-values are the values', () => {
    const values = [...createRng(1).normals(32)]
    const { value, stderr, pseudoValues } = jackknife(values, meanOf)
    const squares = values.reduce((sum, v) => sum + (v - value) ** 2, 0)
    expect(stderr / Math.sqrt(squares / 31 / 32)).toBeGreaterThan(0.95)
    expect(stderr / Math.sqrt(squares / 31 / 32)).toBeLessThanOrEqual(1 + 1e-12)
    pseudoValues.forEach((pseudo, i) => {
      expect(pseudo).toBeCloseTo(values[i], 10)
    })
  })
  it('does not count a quadratic part twice: Σ of 20 squared means about 0 has the variance 20 · 2/N²', () => {
    const [n, cells, sets] = [32, 20, 200]
    const statistic = (rows: readonly Float64Array[]): number =>
      Array.from({ length: cells }, (_, k) => meanOf(rows.map((row) => row[k])) ** 2).reduce((a, b) => a + b)
    let corrected = 0
    let plain = 0
    for (let s = 0; s < sets; s++) {
      const rows = Array.from({ length: n }, (_, i) => createRng(s).fork(i).normals(cells))
      const { stderr, pseudoValues } = jackknife(rows, statistic)
      const mean = meanOf(pseudoValues)
      corrected += stderr ** 2 / sets
      plain += pseudoValues.reduce((sum, p) => sum + (p - mean) ** 2, 0) / (n * (n - 1)) / sets
    }
    const truth = (cells * 2) / n ** 2
    expect(plain / truth).toBeGreaterThan(1.9)
    expect(corrected / truth).toBeGreaterThan(0.85)
    expect(corrected / truth).toBeLessThan(1.75)
  })
  it('takes more than 32 rows in groups', () => {
    const values = [...createRng(2).normals(320)]
    const { stderr, pseudoValues } = jackknife(values, meanOf)
    expect(pseudoValues).toHaveLength(32)
    expect(stderr).toBeGreaterThan(0.6 / Math.sqrt(320))
    expect(stderr).toBeLessThan(1.4 / Math.sqrt(320))
  })
})
