/** @file Figures carry the numbers of the results, unchanged; bounds are flagged; missing pieces leave gaps, not errors. */
import type { Metric, Results } from '@trivium/schema'
import { resultsSchema } from '@trivium/schema'
import { expect, test } from 'vitest'
import { leadSpan } from '#client/sheet.js'
import type { BarPanel, FigureSpec, XYPanel } from './figure.ts'
import { figures } from './figures.ts'
import { groupsOf } from './members.ts'
import { latencyOf, metricOf, pointsOf } from './select.ts'
import { answering, fixture, type MadeUp, madeUp } from './testing/fixture.ts'

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
  const plotted = panel.series.flatMap((s) => s.points.map((p) => [p.x, p.y, p.interval, p.tips.at(-1)]))
  const measured = results.points
    .filter((p) => p.model.startsWith('reference'))
    .map((p) => {
      const m = metricOf(p.quality, 'judge-bits')
      return [p.nfe, m?.value, m?.ci95, `n = ${m?.n}`]
    })
  const order = (a: unknown[], b: unknown[]): number =>
    Number(a[0]) - Number(b[0]) || Number(a[1]) - Number(b[1])
  expect(plotted.sort(order)).toEqual(measured.sort(order))
  const ar = results.points.find((p) => p.model === 'reference-ar')
  expect(panel.guides.find((g) => g.ink === 'autoregressive-0')?.value).toBe(
    metricOf(ar?.quality ?? [], 'judge-bits')?.value,
  )
  expect(panel.guides.filter((g) => g.ink === 'control')).toHaveLength(4)
  expect(panel.guides.filter((g) => g.ink === 'held-out')).toHaveLength(1)
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
  const chosen = pointsOf(first).find(({ model }) => model.paradigm === 'masked-diffusion')?.point
  for (const m of chosen?.quality ?? []) {
    if (m.name === 'judge-bits') m.value = 0.5
    if (m.name === 'entropy') m.value = 1
  }
  const panel = xy(find(figures(results), '2-quality-vs-latency-reference'), 'judge-bits')
  const pleased = panel.series.flatMap((s) => s.points).filter((p) => p.y === 0.5)
  expect(pleased.map((p) => p.hollow)).toEqual([true])
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

test('the models of two groups never share a figure, but for chart 11', () => {
  for (const { id, csv } of figures(fixture()))
    if (id !== '11-bits-per-character')
      expect(new Set(csv.rows.map((r) => r[0])).size, id).toBeLessThanOrEqual(1)
})

test('every row of a CSV has a field for every name of its header', () => {
  const tables = figures(fixture()).map((f) => f.csv)
  expect(tables.length).toBeGreaterThan(8)
  for (const { header, rows } of tables) {
    expect(new Set(header).size).toBe(header.length)
    expect(rows.length).toBeGreaterThan(0)
    for (const row of rows) expect(row).toHaveLength(header.length)
  }
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
  ['latency', (r) => r.points.forEach((p) => (p.latency = [])), ['2-quality', '3-steps', '5-']],
  [
    'quality',
    (r) => r.points.forEach((p) => (p.quality = [])),
    ['1-quality', '2-quality', '4-frontier', '13-'],
  ],
  ['points', (r) => (r.points = []), ['1-', '2-', '3-', '4-', '5-', '9-', '13-']],
  ['training', (r) => (r.training = []), ['12-']],
  ['likelihoods', (r) => (r.metrics = []), ['11-']],
  [
    'models',
    (r) => Object.assign(r, { models: [], points: [], metrics: [] }),
    ['1', '2', '3', '4', '5', '9'],
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

const masked = (label: string, worse = 0): MadeUp => ({ label, paradigm: 'masked-diffusion', worse })
const continuous = (label: string): MadeUp => ({ label, paradigm: 'continuous-diffusion' })
const ar = (label = 'ar'): MadeUp => ({ label, paradigm: 'autoregressive' })
const sets: [string, MadeUp[]][] = [
  ['two masked models beside AR', [ar(), masked('flat'), masked('elbo', 0.2)]],
  ['five of one paradigm', ['a', 'b', 'c', 'd', 'e'].map((label, i) => masked(label, i / 10))],
  [
    'seven',
    [ar(), ...['a', 'b', 'c', 'd'].map((label) => masked(label)), continuous('warp'), continuous('cosine')],
  ],
  ['one', [masked('flat')]],
  ['no AR', [masked('flat'), continuous('warp')]],
  ['AR alone', [ar()]],
  ['two AR', [ar(), ar('ar-small'), masked('flat')]],
]

test.each(sets)('%s: each series and bar is drawn as no other of its panel', (_, models) => {
  for (const figure of figures(madeUp(models)))
    for (const panel of figure.panels) {
      if (panel.kind === 'heat') continue
      const looks =
        panel.kind === 'bars'
          ? panel.bars.map((b) => [b.label])
          : panel.kind === 'forest'
            ? panel.rows.map((r) => [r.label])
            : panel.series.map(({ ink, shape, dash }) => [ink, shape, dash])
      const named = panel.kind !== 'xy' ? looks : looks.filter(([ink]) => ink !== 'control')
      expect(new Set(named.map((l) => JSON.stringify(l))).size).toBe(named.length)
    }
})

test.each(sets)('%s: captions and lines speak of a baseline exactly where there is one', (_, models) => {
  const paradigms = new Set(models.map((m) => m.paradigm))
  const wanted = paradigms.has('autoregressive') && paradigms.size > 1
  for (const figure of figures(madeUp(models))) {
    if (/^[12]-/.test(figure.id)) expect(figure.caption.includes('baseline'), figure.id).toBe(wanted)
    const lines = figure.panels.flatMap((p) => p.guides.filter((g) => g.ink.startsWith('autoregressive')))
    if (!wanted) expect(lines).toEqual([])
  }
})

test('the legend of two masked models names both at every sampler', () => {
  const figure = find(figures(madeUp([masked('flat'), masked('elbo')])), '1-quality-vs-steps-reference')
  expect(figure.legend.map((l) => l.label)).toEqual(
    ['flat', 'elbo'].flatMap((m) => ['ancestral', 'low-confidence', 'threshold'].map((s) => `${m}, ${s}`)),
  )
})

test('a single text has no interval, and its caption says 1 text', () => {
  const results = madeUp([masked('flat')])
  for (const p of results.points) for (const m of p.quality) Object.assign(m, { ci95: null, n: 1 })
  const figure = find(figures(results), '1-quality-vs-steps-reference')
  expect(figure.caption).toContain('n = 1 text a point')
  const points = figure.panels.flatMap((p) => (p.kind === 'xy' ? p.series.flatMap((s) => s.points) : []))
  expect(points.every((p) => p.interval === null)).toBe(true)
})

test('the first panel spans what would leave its row half empty', () => {
  const cells = (count: number, columns: number): number => leadSpan(count, columns) + count - 1
  for (const columns of [1, 2, 3])
    for (let count = columns; count < 12; count++) expect(cells(count, columns) % columns).toBe(0)
  expect([leadSpan(4, 2), leadSpan(5, 2), leadSpan(4, 3), leadSpan(5, 3)]).toEqual([1, 2, 3, 2])
})

test('answers of a task are drawn against steps, against time and against tokens per forward', () => {
  const results = answering([ar(), masked('flat'), masked('elbo')])
  const all = figures(results)
  expect(all.map((f) => f.id)).toEqual([
    '1-quality-vs-steps-reference',
    '2-quality-vs-latency-reference',
    '14-parallelism-reference',
    '11-bits-per-character',
    '5-batches-reference',
    '3-steps-vs-latency-reference',
    '13-paired-differences-reference',
    '9-trace-reference',
    '12-training-reference',
  ])
  expect(all[0].caption).toContain('n = 100 answers a point')
  expect(all[0].caption).not.toMatch(/held-out|judge|controls/)
  const panel = xy(find(all, '14-parallelism-reference'), 'accuracy')
  const marks = panel.series.flatMap((s) => s.points.map((p) => [p.x, p.y]))
  const wanted = results.points.map(({ quality }) => [quality[1].value, quality[0].value])
  const order = (a: number[], b: number[]): number => a[0] - b[0] || a[1] - b[1]
  expect(marks.sort(order)).toEqual(wanted.sort(order))
})

test('what is copied from the training text is drawn beside held-out text', () => {
  const results = madeUp([masked('flat')])
  const copied = (value: number): Metric => ({
    ...results.points[0].quality[0],
    name: 'longest-train-match',
    value,
    ci95: [value - 1, value + 1],
  })
  results.points.forEach((p, i) => p.quality.push(copied(10 + i)))
  results.baselines[0].quality.push(copied(13))
  const panel = xy(find(figures(results), '15-training-text-reference'), 'longest-train-match')
  expect(panel.guides.map((g) => [g.ink, g.value])).toEqual([['held-out', 13]])
  expect(panel.series.flatMap((s) => s.points)).toHaveLength(results.points.length)
})
