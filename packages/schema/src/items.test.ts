/** @file Covariances and differences against closed forms, and their coverage on simulated runs. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { covarianceOf, type Items, type Metric, metricDifference } from './index.ts'

const items = (unit: Items['unit'], values: number[][]): Items => ({
  unit,
  values: values as Items['values'],
})
const metric = (value: number, ci95: Metric['ci95'], more: Partial<Metric> = {}): Metric => ({
  task: 'unconditional@2',
  name: 'judge-bits',
  value,
  ci95,
  stderr: null,
  n: 8,
  unit: 'bits/char',
  higherIsBetter: false,
  boundType: null,
  ...more,
})

/** A small generator of normals, so that this package's tests need no other package. */
function normals(seed: number): () => number {
  let state = seed
  const uniform = (): number => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform())
}

describe('covarianceOf', () => {
  it('of one seed is that of a mean', () => {
    const a = items('texts', [[1, 2, 3, 6]])
    expect(covarianceOf(a, a)?.value).toBeCloseTo(14 / 3 / 4, 12)
    expect(covarianceOf(a, a)?.degrees).toBe(3)
    const b = items('texts', [[2, 4, 6, 12]])
    expect(covarianceOf(a, b)?.value).toBeCloseTo(28 / 3 / 4, 12)
  })
  it('of texts of several seeds takes the seeds as the sample', () => {
    const a = items('texts', [
      [1, 3],
      [4, 6],
      [3, 7],
    ])
    expect(covarianceOf(a, a)).toEqual({ value: expect.closeTo(6 / (3 * 2), 12), degrees: 2 })
  })
  it('of documents crossed with seeds is unbiased: σ² of seeds / S + of documents / D + of the rest / SD', () => {
    const [S, D, runs] = [3, 12, 2000]
    const draw = normals(7)
    let mean = 0
    for (let r = 0; r < runs; r++) {
      const seeds = Array.from({ length: S }, () => 2 * draw())
      const documents = Array.from({ length: D }, () => 3 * draw())
      const values = seeds.map((s) => documents.map((d) => s + d + draw()))
      const a = items('documents', values)
      mean += (covarianceOf(a, items('documents', values))?.value ?? Number.NaN) / runs
    }
    expect(mean / (4 / S + 9 / D + 1 / (S * D))).toBeGreaterThan(0.93)
    expect(mean / (4 / S + 9 / D + 1 / (S * D))).toBeLessThan(1.07)
  })
  it('pairs only the same units', () => {
    const a = items('texts', [[1, 2, 3]])
    expect(covarianceOf(a, items('texts', [[1, 2]]))).toBeNull()
    expect(covarianceOf(a, items('documents', [[1, 2, 3]]))).toBeNull()
    expect(covarianceOf(a, items('texts', [[1, 2, 3], [1, 2, 3]]))).toBeNull() // biome-ignore format: one line
    expect(covarianceOf(items('texts', [[1]]), items('texts', [[1]]))).toBeNull()
  })
})

describe('metricDifference', () => {
  it('is the paired interval where both are symmetric', () => {
    const a = [5, 9, 4, 8]
    const b = [4, 7, 4, 6]
    const t = 3.182
    const of = (values: number[]): Metric => {
      const mean = values.reduce((x, y) => x + y) / 4
      const stderr = Math.sqrt(values.reduce((s, v) => s + (v - mean) ** 2, 0) / 12)
      return metric(mean, [mean - t * stderr, mean + t * stderr], { items: items('texts', [values]) })
    }
    const { value, ci95, paired } = metricDifference(of(a), of(b))
    const differences = a.map((x, i) => x - b[i])
    const stderr = Math.sqrt(differences.reduce((s, d) => s + (d - value) ** 2, 0) / 12)
    expect([value, paired]).toEqual([1.25, true])
    expect(ci95?.[0]).toBeCloseTo(1.25 - t * stderr, 10)
    expect(ci95?.[1]).toBeCloseTo(1.25 + t * stderr, 10)
  })
  it('drops what both share: intervals that overlap widely may be apart', () => {
    const draw = normals(3)
    const documents = Array.from({ length: 12 }, () => draw())
    const of = (shift: number): Metric => {
      const values = documents.map((d) => d + shift + 0.02 * draw())
      const mean = values.reduce((x, y) => x + y) / 12
      const stderr = Math.sqrt(values.reduce((s, v) => s + (v - mean) ** 2, 0) / 132)
      return metric(mean, [mean - 2.2 * stderr, mean + 2.2 * stderr], { items: items('documents', [values]) })
    }
    const [a, b] = [of(0), of(0.1)]
    expect(a.ci95?.[1]).toBeGreaterThan(b.ci95?.[0] as number)
    expect(metricDifference(a, b).ci95?.[1]).toBeLessThan(0)
  })
  it('keeps the one-sided limit of a share at its end', () => {
    const none = metric(0, [0, 0.107])
    const some = metric(0.01, [0.002, 0.03])
    const { ci95, paired } = metricDifference(some, none)
    expect(paired).toBe(false)
    expect(ci95?.[0]).toBeCloseTo(0.01 - Math.hypot(0.008, 0.107), 10) // none may be worse than some
    expect(ci95?.[1]).toBeCloseTo(0.03, 10)
  })
  it('shows nothing without both intervals, and is antisymmetric', () => {
    expect(metricDifference(metric(1, null), metric(2, [1, 3])).ci95).toBeNull()
    const around = fc.tuple(
      fc.double({ min: 0, max: 9, noNaN: true }),
      fc.double({ min: 0, max: 2, noNaN: true }),
    )
    fc.assert(
      fc.property(around, around, ([x, w], [y, v]) => {
        const [a, b] = [metric(x, [x - w, x + 2 * w]), metric(y, [y - v, y + v])]
        const [one, other] = [metricDifference(a, b), metricDifference(b, a)]
        expect(one.value).toBeCloseTo(-other.value, 12)
        expect(one.ci95?.[0]).toBeCloseTo(-(other.ci95?.[1] as number), 12)
      }),
    )
  })
})
