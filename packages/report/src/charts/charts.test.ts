/** @file The newer charts: their numbers are those of the results, and nobody draws what no run has. */
import { type Metric, type MetricName, metricDifference, type Results, samplerSchema } from '@trivium/schema'
import { expect, test } from 'vitest'
import { chaptersOf } from '../chapter.ts'
import type { FigureSpec, ForestPanel, HeatPanel, XYPanel } from '../figure.ts'
import { figures } from '../figures.ts'
import { answering, type MadeUp, madeUp } from '../testing/fixture.ts'
import { verdictOf } from '../verdict/verdict.ts'

const ar = (label = 'ar'): MadeUp => ({ label, paradigm: 'autoregressive' })
const masked = (label = 'masked'): MadeUp => ({ label, paradigm: 'masked-diffusion' })
const figure = (results: Results, id: string): FigureSpec | undefined =>
  figures(results).find((f) => f.id.startsWith(id))
const panelOf = <P>(results: Results, id: string, panel: string): P =>
  figure(results, id)?.panels.find((p) => p.id.startsWith(panel)) as P

test('frontier: lines join temperatures of one setting, never step counts', () => {
  const results = madeUp([masked()])
  const joined = (): [string, number, number][] =>
    panelOf<XYPanel>(results, '4-', 'frontier').series.flatMap(({ join, label, points }) =>
      points.flatMap((p, i): [string, number, number][] =>
        join === 'line' && i > 0 && !p.gap ? [[label, points[i - 1].x, p.x]] : [],
      ),
    )
  expect(joined()).toEqual([])
  const base = results.points.find((p) => p.samplerLabel === 'ancestral' && p.setting === 'S=64')
  if (base === undefined) throw new Error('the fixture has this point')
  for (const temperature of [0.6, 0.8])
    results.points.push({
      ...base,
      id: `${base.id}-${temperature}`,
      samplerLabel: `ancestral temperature=${temperature}`,
      sampler: { ...base.sampler, temperature },
      quality: base.quality.map((m) => (m.name === 'entropy' ? { ...m, value: 3 + temperature } : m)),
    })
  expect(joined()).toEqual(
    [
      ['masked, ancestral', 3.6, 3.8],
      ['masked, ancestral', 3.8, base.quality.find((m) => m.name === 'entropy')?.value],
    ].map(([, a, b]) => ['Masked diffusion, ancestral', a, b]),
  )
  const labels = panelOf<XYPanel>(results, '4-', 'frontier').series.flatMap((s) =>
    s.points.map((p) => p.label),
  )
  expect(labels).toEqual(expect.arrayContaining(['S=64 T=0.6', 'S=64 T=0.8', 'S=64 T=1', 'S=16']))
  expect(figure(results, '4-')?.caption).not.toMatch(/\bKL\b|divergence of the judge/)
})

test('differences: the best of each sampler less the best of the baseline, as metricDifference has it', () => {
  const results = madeUp([ar(), masked()])
  const { rows } = panelOf<ForestPanel>(results, '13-', 'difference-js-4')
  const js = (model: string, sampler: string): Metric =>
    results.points
      .filter((p) => p.model === model && p.samplerLabel === sampler)
      .flatMap((p) => p.quality.filter((m) => m.name === 'js-4'))
      .toSorted((a, b) => a.value - b.value)[0]
  for (const [i, sampler] of ['ancestral', 'low-confidence', 'threshold'].entries()) {
    const wanted = metricDifference(js('masked', sampler), js('ar', 'ar'))
    expect([rows[i].value, rows[i].interval]).toEqual([wanted.value, wanted.ci95])
  }
  expect(figure(madeUp([masked('a'), masked('b')]), '13-')).toBeUndefined()
})

test('traces: white until written, sureness in per cent, and what was written over', () => {
  const results = madeUp([masked()])
  const record = results.samples.find((s) => s.trace !== undefined)
  if (record?.trace === undefined) throw new Error('the fixture has traces')
  const frame = (text: string[], changed: number[], confidence: number[]) => ({
    step: 1,
    forwards: 1,
    tMs: 1,
    text,
    committed: changed,
    changed,
    confidence,
  })
  record.trace = [
    frame(['<mask>', 'b', '<mask>'], [1], [0, 0.5, 0]),
    { ...frame(['a', 'c', '<mask>'], [0, 1], [1, 0.25, 0]), step: 2 },
    { ...frame(['a', 'c', 'd'], [2], [1, 0.25, 0.75]), step: 3 },
  ]
  results.samples = [record]
  const panel = panelOf<HeatPanel>(results, '9-', 'trace-heat')
  expect(panel.cells).toEqual([
    [null, 50, null],
    [100, 25, null],
    [100, 25, 75],
  ])
  expect(panel.flips).toEqual([[1, 1]])
  expect(figure(results, '9-')?.caption).toContain('wrote over')
  record.trace = undefined
  expect(figure(results, '9-')).toBeUndefined()
})

test('NFE*: so many forwards take as long as the whole text of the baseline, at every batch', () => {
  const results = madeUp([ar(), masked()])
  const panel = panelOf<XYPanel>(results, '5-', 'crossover-by-batch')
  const best = results.points.find((p) => p.id === 'masked/low-confidence/S=128')
  const baseline = results.points.find((p) => p.model === 'ar')
  for (const { x: batch, y, interval } of panel.series[0].points) {
    const [own, theirs] = [best, baseline].map((p) => p?.latency.find((l) => l.batch === batch)?.p50 ?? 0)
    expect(y).toBeCloseTo(theirs / (own / (best?.nfe ?? 1)), 8)
    expect(interval?.[0]).toBeLessThan(y)
    expect(interval?.[1]).toBeGreaterThan(y)
  }
  expect(panel.series[0].points.map((p) => p.x)).toEqual([1, 16])
  for (const p of results.points) p.latency = p.latency.slice(0, 1)
  expect(figure(results, '5-')).toBeUndefined()
})

test('NFE* by size: every diffusion model beside the AR model of its own size', () => {
  const results = madeUp([ar('ar-s'), ar('ar-b'), masked('m-s'), masked('m-b')])
  for (const m of results.models) m.parameters = m.label.endsWith('b') ? 5e6 : 8e5
  // Heads that only draft do not make another size of it.
  const [drafting] = results.models
  Object.assign(drafting, { parameters: 9.5e5, parameterGroups: { backbone: 8e5, drafts: 1.5e5 } })
  for (const p of results.points) p.latency = p.latency.slice(0, 1)
  const slow = results.points.find((p) => p.model === 'ar-b')
  for (const l of slow?.latency ?? []) Object.assign(l, { p50: l.p50 * 10, ci95: null })
  const panel = panelOf<XYPanel>(results, '5-', 'crossover-by-size')
  const [small, big] = panel.series.map((s) => s.points[0])
  expect([small.x, big.x]).toEqual([8e5, 5e6])
  expect(big.y / small.y).toBeCloseTo(10, 6)
  expect(big.interval).toBeNull()
})

test('difficulty: strata of the best setting, and the rank correlation of every setting that has one', () => {
  const results = answering([ar(), masked()])
  expect(figure(results, '7-')).toBeUndefined()
  for (const p of results.points) {
    p.quality[0].strata = [0, 4].map((d) => ({
      name: `difficulty ${d}–${d + 2}`,
      value: 0.9 - d / 10,
      ci95: null,
      n: 50,
    }))
    p.quality.push({
      ...p.quality[0],
      strata: undefined,
      name: 'nfe-difficulty',
      value: 0.4,
      ci95: [0.2, 0.6],
    })
  }
  const accuracy = panelOf<XYPanel>(results, '7-', 'accuracy-by-difficulty')
  for (const { points } of accuracy.series)
    expect(points.map((p) => [p.x, p.y])).toEqual([
      [1, 0.9],
      [5, 0.5],
    ])
  const effort = panelOf<ForestPanel>(results, '7-', 'effort')
  expect(effort.rows).toHaveLength(results.points.length)
  expect(effort.rows[0]).toMatchObject({ value: 0.4, interval: [0.2, 0.6] })
})

test('the exact denoiser stands beside learned models, and alone in no chart of its own', () => {
  const results = madeUp([
    { ...masked('exact denoiser'), group: 'oracle' },
    { ...masked(), group: 'fresh' },
  ])
  for (const p of results.points)
    p.quality = [
      { ...p.quality[0], name: 'transition-kl', value: p.model === 'masked' ? 0.5 : 0.1, ci95: null },
    ]
  const panel = panelOf<XYPanel>(results, '10-', 'sampler-error')
  const exact = panel.series.filter((s) => s.ink === 'guide')
  expect(exact.map((s) => s.label)).toEqual(
    ['ancestral', 'low-confidence', 'threshold'].map((s) => `Exact denoiser, ${s}`),
  )
  expect(exact.flatMap((s) => s.points.map((p) => p.y))).toEqual(Array(14).fill(0.1))
  results.models = results.models.filter((m) => m.group === 'oracle')
  expect(figure(results, '10-')).toBeUndefined()
})

test('settings timed at another batch alone stand on a front of their own, and the caption says so', () => {
  const results = madeUp([ar(), masked()])
  const [figureBefore] = [figure(results, '2-')]
  expect(figureBefore?.panels.every((p) => !p.id.includes('batch'))).toBe(true)
  const alone = results.points.filter((p) => p.model === 'masked')
  for (const p of alone) p.latency = p.latency.filter((l) => l.batch === 16)
  const panels = figure(results, '2-')?.panels ?? []
  const marks = (of: string): number =>
    (panels.find((p) => p.id === of) as XYPanel).series.flatMap((s) => (s.join === 'steps' ? [] : s.points))
      .length
  expect(marks('js-4-vs-latency-reference')).toBe(1)
  expect(marks('js-4-vs-latency-batch-16-reference')).toBe(alone.length)
  expect(figure(results, '2-')?.caption).toContain('times of two batches do not compare')
})

test('no right answer at all is drawn, and no leader named', () => {
  const results = answering([ar(), masked()])
  for (const p of results.points) Object.assign(p.quality[0], { value: 0, ci95: [0, 0.04] })
  const rows = verdictOf(chaptersOf([results]))?.blocks[0].rows ?? []
  expect(rows.some((r) => /time|parallel/.test(r.id))).toBe(false)
  const row = rows.find((r) => r.id.endsWith('quality'))
  expect([row?.cells.map((c) => c.value), row?.outcome]).toEqual([['0', '0'], 'no difference shown'])
  expect(panelOf<XYPanel>(results, '1-', 'accuracy').series.length).toBeGreaterThan(1)
})

test('steps against length: the fewest forwards with few enough errors, over runs of several lengths', () => {
  const runs = [32, 64].map((length): Results => {
    const results = madeUp([ar(), masked()])
    results.provenance.datasetSha256 = String(length)
    for (const p of results.points) {
      if (p.model === 'ar') Object.assign(p, { nfe: length, tokenPositions: length })
      else p.tokenPositions = p.nfe * length
      // So many steps as an eighth of the length are enough.
      const value = p.nfe >= length / 8 ? 0.01 : 0.5
      p.quality = [{ ...p.quality[0], name: 'sequence-errors', value, ci95: null }]
    }
    return results
  })
  const panel = figures(runs).find((f) => f.id === '6-steps-vs-length')?.panels[0] as XYPanel
  const marks = Object.fromEntries(panel.series.map((s) => [s.label, s.points.map((p) => [p.x, p.y])]))
  expect(marks.Autoregressive).toEqual([
    [32, 32],
    [64, 64],
  ])
  expect(marks['Masked diffusion, low-confidence']).toEqual([
    [32, 4],
    [64, 8],
  ])
  expect(marks['O(L)'][1][1]).toBe(2 * marks['O(1)'][1][1])
  expect(figures(runs[0]).some((f) => f.id.startsWith('6-'))).toBe(false)
})

test('information: a point for each bin of γ, of the models that have a Gaussian bound', () => {
  const continuous = (label: string): MadeUp => ({ label, paradigm: 'continuous-diffusion' })
  const results = madeUp([ar(), continuous('warp')])
  expect(figure(results, '16-')).toBeUndefined()
  const curve = [-3, -1, 2].map((gamma) => ({ gamma, value: 1 / (1 + gamma ** 2) }))
  for (const metric of results.metrics) if (metric.model === 'warp') metric.information = curve
  const { series, y } = panelOf<XYPanel>(results, '16-', 'information')
  expect(series.map((s) => s.points.map((p) => [p.x, p.y]))).toEqual([curve.map((p) => [p.gamma, p.value])])
  expect(y.min).toBe(0)
  expect(figure(results, '16-')?.csv.rows).toHaveLength(3)
})

const rated = (results: Results, at: number, rates: Readonly<Partial<Record<MetricName, number>>>): void => {
  const [first] = results.points[at].quality
  for (const [name, value] of Object.entries(rates))
    results.points[at].quality.push({ ...first, name: name as MetricName, value, ci95: null })
}

test('corrections: repairs stand against breaks and against false edits, where there were clean texts', () => {
  const results = answering([masked()])
  expect(figure(results, '8-corrections')).toBeUndefined()
  rated(results, 0, { 'repair-rate': 0.5, 'breaks-per-error': 0.2, 'false-edit-rate': 0.01 })
  rated(results, 1, { 'repair-rate': 0.25, 'breaks-per-error': 0.1 })
  const marks = (panel: string, ink = /-/): number[][] =>
    panelOf<XYPanel>(results, '8-corrections', panel)
      .series.filter((s) => ink.test(s.ink))
      .flatMap((s) => s.points.map((p) => [p.x, p.y]))
  expect(marks('repair-vs-breaks').sort()).toEqual([
    [0.1, 0.25],
    [0.2, 0.5],
  ])
  expect(marks('repair-vs-breaks', /guide/)).toEqual([
    [0, 0],
    [0.2, 0.2],
  ])
  expect(marks('repair-vs-false-edit')).toEqual([[0.01, 0.5]])
})

test('taking back: a line joins the η of one number of steps, and one η alone draws nothing', () => {
  const results = madeUp([masked()])
  const [base] = results.points
  const remask = (eta: number, steps: number): Results['points'][number] => ({
    ...base,
    id: `masked/remask-${steps}_eta-${eta}`,
    samplerLabel: `remask eta=${eta}`,
    sampler: samplerSchema.parse({ type: 'remask', steps, eta }),
    setting: `S=${steps}`,
    quality: base.quality.map((m) => ({ ...m, value: m.value + eta })),
  })
  results.points.push(remask(0.1, 64))
  expect(figure(results, '8-corrector-share')).toBeUndefined()
  results.points.push(remask(0, 64), remask(0.05, 32))
  const { series } = panelOf<XYPanel>(results, '8-corrector-share', 'js-4')
  const js = base.quality.find((m) => m.name === 'js-4')?.value ?? Number.NaN
  expect(series.map((s) => s.points.map((p) => [p.x, p.y]))).toEqual([
    [
      [0, js],
      [0.1, js + 0.1],
    ],
  ])
})
