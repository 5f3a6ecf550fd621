/** @file Figures carry the numbers of the results, unchanged; bounds are flagged; missing pieces leave gaps, not errors. */
import type { Results } from '@trivium/schema'
import { resultsSchema } from '@trivium/schema'
import { expect, test } from 'vitest'
import type { BarPanel, FigureSpec, XYPanel } from './figure.ts'
import { figures } from './figures.ts'
import { groupsOf, latencyOf, metricOf, pointsOf } from './select.ts'
import { fixture } from './testing/fixture.ts'

const find = (all: FigureSpec[], id: string): FigureSpec => {
  const figure = all.find((f) => f.id === id)
  if (figure === undefined) throw new Error(`no figure ${id} among ${all.map((f) => f.id).join(', ')}`)
  return figure
}
const xy = (figure: FigureSpec, id: string): XYPanel =>
  figure.panels.find((p) => p.id.startsWith(id) && p.kind === 'xy') as XYPanel

test('the fixture is a valid result file', () => {
  expect(resultsSchema.safeParse(fixture()).error).toBeUndefined()
})

test('chart 1 plots every point of the group with its value, interval and n', () => {
  const results = fixture()
  const panel = xy(find(figures(results), '1-quality-vs-steps-reference'), 'judge-bits')
  const plotted = panel.series.flatMap((s) => s.points.map((p) => [p.x, p.y, p.interval, p.n]))
  const measured = results.points
    .filter((p) => p.model.startsWith('reference'))
    .map((p) => {
      const m = metricOf(p.quality, 'judge-bits')
      return [p.nfe, m?.value, m?.ci95, m?.n]
    })
  const order = (a: unknown[], b: unknown[]): number =>
    Number(a[0]) - Number(b[0]) || Number(a[1]) - Number(b[1])
  expect(plotted.sort(order)).toEqual(measured.sort(order))
  const ar = results.points.find((p) => p.model === 'reference-ar')
  expect(panel.guides.find((g) => g.role === 'autoregressive')?.value).toBe(
    metricOf(ar?.quality ?? [], 'judge-bits')?.value,
  )
  expect(panel.guides.filter((g) => g.role === 'control')).toHaveLength(4)
  expect(panel.guides.filter((g) => g.role === 'held-out')).toHaveLength(1)
})

test('chart 1 leaves out a metric that is zero everywhere and keeps controls from squeezing the models', () => {
  const figure = find(figures(fixture()), '1-quality-vs-steps-reference')
  expect(figure.panels.map((p) => p.id.replace('-vs-steps-reference', ''))).toEqual([
    'judge-bits',
    'entropy',
    'js-4',
    'word-validity',
    'distinct-4',
  ])
  const judge = xy(figure, 'judge-bits')
  expect(judge.guides.find((g) => g.label.startsWith('unigram'))?.value).toBeGreaterThan(judge.y.max)
})

test('chart 2: hollow marks are exactly the dominated points, whiskers exist exactly where p90 does', () => {
  const results = fixture()
  for (const group of ['reference', 'fresh']) {
    const panel = xy(find(figures(results), `2-quality-vs-latency-${group}`), 'js-4')
    const points = panel.series.filter((s) => s.inLegend).flatMap((s) => s.points)
    for (const p of points) {
      const beaten = points.some((q) => q.x <= p.x && q.y <= p.y && (q.x < p.x || q.y < p.y))
      expect(p.hollow).toBe(beaten)
      expect(p.xHigh === null).toBe(group === 'fresh')
    }
    const front = panel.series.find((s) => s.join === 'steps')
    expect(front?.points.map((p) => p.x)).toEqual(
      points
        .filter((p) => !p.hollow)
        .map((p) => p.x)
        .sort((a, b) => a - b),
    )
    const times = results.points.filter((p) => p.model.startsWith(group)).map((p) => latencyOf(p)?.p50 ?? 0)
    expect(points.map((p) => p.x).sort((a, b) => a - b)).toEqual(times.sort((a, b) => a - b))
  }
})

test('chart 2: what pleases the judge by repetition is on no front', () => {
  const results = fixture()
  const [first] = groupsOf(results)
  const chosen = pointsOf(results, first).find(({ model }) => model.paradigm === 'masked-diffusion')?.point
  for (const m of chosen?.quality ?? []) {
    if (m.name === 'judge-bits') m.value = 0.5
    if (m.name === 'entropy') m.value = 1
  }
  const panel = xy(find(figures(results), '2-quality-vs-latency-reference'), 'judge-bits')
  const pleased = panel.series.flatMap((s) => s.points).filter((p) => p.y === 0.5)
  expect(pleased.map((p) => p.hollow)).toEqual([true])
})

test('a metric without a direction has no front', () => {
  const results = fixture()
  for (const p of results.points)
    for (const m of p.quality) if (m.name === 'judge-bits') m.higherIsBetter = null
  const panel = xy(find(figures(results), '2-quality-vs-latency-reference'), 'judge-bits')
  expect(panel.series.some((s) => s.join === 'steps')).toBe(false)
  expect(panel.series.flatMap((s) => s.points).some((p) => p.hollow)).toBe(false)
})

test('chart 11 hatches bounds and only bounds, and stacks parts that sum to the value', () => {
  const results = fixture()
  const panel = find(figures(results), '11-bits-per-character').panels[0] as BarPanel
  expect(panel.bars.map((b) => [b.label, b.bound, b.text])).toEqual([
    ['Autoregressive', false, '1.72'],
    ['Masked diffusion', true, 'at most 2.47'],
    ['Continuous diffusion', true, 'at most 2.58'],
  ])
  expect(panel.bars[2].parts.map((p) => p.label)).toEqual(['reconstruction', 'diffusion', 'prior'])
  expect(panel.bars[2].parts.reduce((sum, p) => sum + p.value, 0)).toBeCloseTo(2.58, 10)
  expect(panel.bars[0].interval).toEqual([1.72 - 0.024, 1.72 + 0.024])
  expect(panel.guides.map((g) => g.value)).toEqual([4.09, 3.24, 2.53, 1.91, 1.41])
  expect(panel.guides.every((g) => g.value <= panel.x.max)).toBe(true)
})

test('the models of two groups never share a panel', () => {
  for (const figure of figures(fixture()))
    if (figure.id !== '11-bits-per-character')
      expect(
        new Set(figure.csv.rows.map((r) => r[0]).filter((g) => g === 'fresh' || g === 'reference')).size,
      ).toBeLessThanOrEqual(1)
  const fresh = find(figures(fixture()), '1-quality-vs-steps-fresh')
  expect(xy(fresh, 'js-4').series.every((s) => s.quiet)).toBe(true)
})

test('the text of the figures needs no glyph outside the bundled fonts', () => {
  const texts = figures(fixture()).flatMap((f) => [
    f.title,
    f.group,
    f.caption,
    ...f.legend.map((l) => l.label),
    ...f.panels.flatMap((p) => [p.title, p.hint, p.x.label, ...p.guides.map((g) => g.label)]),
  ])
  for (const text of texts)
    expect(text).toMatch(/^[\u0020-\u00ff\u0370-\u03ff\u2013\u2014\u2018\u2019\u2026]*$/)
})

test('captions say n, seeds, engine, machine and commit', () => {
  const { caption } = find(figures(fixture()), '1-quality-vs-steps-reference')
  for (const fact of ['n = 32 texts', 'seed 1', 'wasm engine, 1 thread', 'Test CPU 9000', 'commit 01234567'])
    expect(caption).toContain(fact)
})

const without: [string, (r: Results) => void, string[]][] = [
  ['latency', (r) => r.points.forEach((p) => (p.latency = [])), ['2-quality', '3-steps']],
  ['quality', (r) => r.points.forEach((p) => (p.quality = [])), ['1-quality', '2-quality', '4-frontier']],
  ['points', (r) => (r.points = []), ['1-', '2-', '3-', '4-']],
  ['training', (r) => (r.training = []), ['12-']],
  ['likelihoods', (r) => (r.metrics = []), ['11-']],
  [
    'models',
    (r) => Object.assign(r, { models: [], points: [], metrics: [] }),
    ['1', '2', '3', '4', 'overview'],
  ],
]
test.each(without)('without %s the figures that need it are absent, the others stay', (_, remove, gone) => {
  const results = fixture()
  remove(results)
  const left = figures(results).map((f) => f.id)
  const wanted = figures(fixture())
    .map((f) => f.id)
    .filter((id) => !gone.some((g) => id.startsWith(g)))
  expect(left).toEqual(wanted)
})

test('one group with one point still draws', () => {
  const results = fixture()
  results.models = results.models.filter((m) => m.id === 'fresh-masked')
  results.points = results.points.filter((p) => p.model === 'fresh-masked').slice(0, 1)
  results.baselines = []
  const panel = xy(find(figures(results), '1-quality-vs-steps-fresh'), 'js-4')
  expect(panel.series.flatMap((s) => s.points)).toHaveLength(1)
  expect(panel.y.max).toBeGreaterThan(panel.y.min)
})
