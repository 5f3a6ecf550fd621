/** @file Several training runs as one: where the error comes from, and what it covers. */
import { createRng } from '@trivium/random'
import { type Metric, metricDifference, type Point } from '@trivium/schema'
import { describe, expect, it } from 'vitest'
import { metricOf, ratio, share } from './metrics/measure.ts'
import { poolPoints, poolSeeds } from './pool-seeds.ts'

const judge = (values: readonly number[]): Metric =>
  metricOf('unconditional@2', 'judge-bits', ratio(values, values.map(() => 1)), null) // biome-ignore format: short

describe('poolSeeds', () => {
  it('is the mean with the scatter of the runs, which one run cannot show', () => {
    const rng = createRng(1)
    const run = (shift: number, s: number): Metric =>
      judge(Array.from(rng.fork(s).normals(32), (x) => 2 + shift + 0.1 * x))
    const runs = [run(0, 1), run(0.5, 2), run(-0.4, 3)]
    const pooled = poolSeeds(runs)
    const values = runs.map(({ value }) => value)
    const mean = (values[0] + values[1] + values[2]) / 3
    const stderr = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / 6)
    expect(pooled.value).toBeCloseTo(mean, 10)
    expect(pooled.stderr).toBeCloseTo(stderr, 3)
    expect(pooled.ci95?.[1]).toBeCloseTo(mean + 4.3027 * stderr, 2) // t of 2 degrees
    expect(pooled.n).toBe(96)
    expect((runs[0].ci95?.[1] as number) - (runs[0].ci95?.[0] as number)).toBeLessThan(0.1)
    expect(poolSeeds([runs[0]])).toBe(runs[0])
  })
  it('of a share without scatter falls back on its texts, never on [1, 1]', () => {
    const all = metricOf(
      'unconditional@2',
      'word-validity',
      share(Array(32).fill(5), Array(32).fill(5)),
      null,
    )
    const [low, high] = poolSeeds([all, all, all]).ci95 as [number, number]
    expect(high).toBe(1)
    expect(low).toBeCloseTo(96 / (96 + 1.96 ** 2), 3)
  })
  it('gives no interval where a run has no items', () => {
    const bare = { ...judge([1, 2, 3]), items: undefined }
    expect(poolSeeds([bare, judge([1, 2, 3])])).toMatchObject({ ci95: null, stderr: null, value: 2 })
  })
  it('pools the strata: their means, an interval that holds the scatter of runs and of problems', () => {
    const run = (...values: number[]): Metric => ({
      ...metricOf('sudoku@1', 'accuracy', share([1, 0, 1, 1], [1, 1, 1, 1]), null),
      strata: values.map((value, i) => ({ name: `difficulty ${i}`, value, ci95: null, n: 100 })),
    })
    const { strata = [] } = poolSeeds([run(0.9, 1, 0.2), run(0.9, 1, 0.8), run(0.6, 1, 0.5)])
    expect(strata.map(({ value }) => value)).toEqual([0.8, 1, 0.5].map((v) => expect.closeTo(v, 12)))
    const width = ({ ci95 }: (typeof strata)[number]): number => (ci95 as number[])[1] - (ci95 as number[])[0]
    // Alike in all runs: as wide as one run of 100. Runs that differ by .6 say next to nothing.
    expect(strata[1].ci95).toEqual([expect.closeTo(100 / (100 + 1.96 ** 2), 3), 1])
    expect(width(strata[2])).toBeGreaterThan(0.7)
    expect(width(strata[0])).toBeGreaterThan(2 * 1.96 * Math.sqrt((0.8 * 0.2) / 100))
    expect(strata.every(({ n }) => n === 100)).toBe(true)
  })
  it('draws the mean of the information curves, which have bins of their own', () => {
    const bound = (information: Metric['information']): Metric => ({ ...judge([1, 2]), information })
    const curve = (gammas: number[], f: (g: number) => number) =>
      gammas.map((gamma) => ({ gamma, value: f(gamma) }))
    const pooled = poolSeeds([bound(curve([2, 0, -2], (g) => 4 - g)), bound(curve([3, 1, -1], (g) => 2 - g))])
    expect(pooled.information).toEqual([
      { gamma: 2, value: 1 },
      { gamma: 0, value: 3 },
      { gamma: -2, value: 4.5 },
    ])
  })
  it('pairs models run by run: a seed that helps both is no difference', () => {
    const rng = createRng(2)
    const seeds = [0.6, -0.2, 0.1]
    const model = (shift: number, label: string): Metric =>
      poolSeeds(
        seeds.map((seed, s) =>
          judge(Array.from(rng.fork(label, s).normals(64), (x) => 2 + seed + shift + 0.05 * x)),
        ),
      )
    const [a, b] = [model(0, 'a'), model(0.1, 'b')]
    expect(a.ci95?.[1]).toBeGreaterThan(b.ci95?.[0] as number)
    expect(metricDifference(a, b).ci95?.[1]).toBeLessThan(0)
  })
})

describe('poolPoints', () => {
  const point = (id: string, nfe: number, quality: Metric[]): Point => ({
    id,
    model: 'm',
    sampler: { type: 'ancestral', steps: 8, temperature: 1 },
    samplerLabel: 'ancestral',
    setting: 'S=8',
    configHash: 'x',
    nfe,
    tokenPositions: 10 * nfe,
    quality,
    latency: [],
  })
  it('averages cost, pools quality, and leaves out what a run lacks', () => {
    const [a, b] = [judge([1, 2, 3]), judge([2, 3, 4])]
    const pooled = poolPoints([point('m/x', 4, [a, { ...a, name: 'entropy' }]), point('m/x', 6, [b])])
    expect(pooled).toMatchObject({ id: 'm/x', nfe: 5, tokenPositions: 50 })
    expect(pooled.quality.map(({ name, value }) => [name, value])).toEqual([['judge-bits', 2.5]])
  })
  it('refuses two samplers', () => {
    const other = { ...point('m/y', 4, []), setting: 'S=9' }
    expect(() => poolPoints([point('m/x', 4, []), other])).toThrow(/two samplers/)
  })
})
