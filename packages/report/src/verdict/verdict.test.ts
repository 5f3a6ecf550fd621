/** @file The verdict names a leader exactly where the numbers separate, and says why it names none. */
import type { Metric, Results } from '@trivium/schema'
import { expect, test } from 'vitest'
import { chaptersOf } from '../chapter.ts'
import { answering, type MadeUp, madeUp } from '../testing/fixture.ts'
import type { VerdictBlock, VerdictRow } from './spec.ts'
import { verdictTable } from './table.ts'
import { verdictOf } from './verdict.ts'

const ar = (label = 'ar'): MadeUp => ({ label, paradigm: 'autoregressive' })
const masked = (label = 'masked'): MadeUp => ({ label, paradigm: 'masked-diffusion' })
const blockOf = (results: Results): VerdictBlock => {
  const block = verdictOf(chaptersOf([results]))?.blocks[0]
  if (block === undefined) throw new Error('a verdict was wanted')
  return block
}
const row = (results: Results, name: string): VerdictRow | undefined =>
  blockOf(results).rows.find(({ id }) => id.endsWith(name))
const setMetric = (results: Results, model: string, name: string, change: Partial<Metric>): void => {
  for (const p of results.points)
    if (p.model === model) p.quality = p.quality.map((m) => (m.name === name ? { ...m, ...change } : m))
}

test('columns are the paradigms; of one paradigm its models; of one model its samplers', () => {
  const labels = (...models: MadeUp[]): string[] => blockOf(madeUp(models)).columns.map((c) => c.label)
  expect(labels(masked('a'), ar(), masked('b'))).toEqual(['Autoregressive', 'Masked diffusion'])
  expect(labels(masked('a'), masked('b'))).toEqual(['a', 'b'])
  expect(labels(masked())).toEqual(['ancestral', 'low-confidence', 'threshold'])
  expect(verdictOf(chaptersOf([madeUp([ar()])]))).toBeNull()
})

test('a cell holds the best setting of its column, with its interval', () => {
  const results = madeUp([ar(), masked()])
  const cells = row(results, 'quality')?.cells ?? []
  for (const [i, model] of ['ar', 'masked'].entries()) {
    const values = results.points
      .filter((p) => p.model === model)
      .map((p) => p.quality.find((m) => m.name === 'js-4')?.value ?? 9)
    expect(Math.abs(Number(cells[i].value) - Math.min(...values))).toBeLessThan(0.006)
    expect(cells[i].interval).toMatch(/^\[0\.\d+,\u00a00\.\d+\]$/)
  }
})

test('a leader needs an interval of the difference that excludes zero', () => {
  const results = madeUp([ar(), masked()])
  setMetric(results, 'ar', 'js-4', { value: 0.3, ci95: [0.29, 0.31] })
  setMetric(results, 'masked', 'js-4', { value: 0.33, ci95: [0.32, 0.34] })
  expect(row(results, 'quality')).toMatchObject({ leader: 0, outcome: 'Autoregressive leads' })
  setMetric(results, 'masked', 'js-4', { value: 0.31, ci95: [0.3, 0.32] })
  expect(row(results, 'quality')).toMatchObject({ leader: null, outcome: 'no difference shown' })
  setMetric(results, 'masked', 'js-4', { value: 0.9, ci95: null })
  expect(row(results, 'quality')?.leader).toBeNull()
})

test('items that pair separate what their own intervals do not', () => {
  const results = madeUp([ar(), masked()])
  const topics = Array.from({ length: 16 }, (_, i) => 0.1 * Math.sin(i))
  const set = (model: string, value: number, paired: boolean): void =>
    setMetric(results, model, 'js-4', {
      value,
      ci95: [value - 0.05, value + 0.05],
      ...(paired && {
        items: { unit: 'documents', values: [topics.map((t, i) => value + t + 0.001 * (i % 2)) as [number]] },
      }),
    })
  set('ar', 0.3, false)
  set('masked', 0.33, false)
  expect(row(results, 'quality')?.leader).toBeNull()
  set('ar', 0.3, true)
  set('masked', 0.33, true)
  expect(row(results, 'quality')?.leader).toBe(0)
})

test('bounds above an exact value lead nowhere; one below it is a proof', () => {
  const results = madeUp([ar(), masked()])
  expect(row(results, 'likelihood')).toMatchObject({ leader: null, outcome: 'bounds: order left open' })
  expect(row(results, 'likelihood')?.cells[1]).toMatchObject({ value: 'at most 2.47', mark: { bound: true } })
  const bound = results.metrics.find((m) => m.model === 'masked') as Metric
  Object.assign(bound, { value: 1.5, ci95: [1.45, 1.55] })
  expect(row(results, 'likelihood')).toMatchObject({ leader: 1, outcome: 'Masked diffusion leads' })
})

test('in few forwards stands only who can write several tokens at once', () => {
  expect(row(madeUp([ar(), masked()]), 'few-forwards')).toMatchObject({
    leader: 1,
    outcome: 'Masked diffusion alone',
    cells: [{ value: '–', about: 'takes 128 forwards', mark: null }, { about: /S=16/ }],
  })
})

test('time counts at a quality inside the interval of the best; medians must be apart', () => {
  const results = madeUp([ar(), masked()])
  expect(row(results, 'time')).toMatchObject({ leader: 0, outcome: 'Autoregressive alone' })
  setMetric(results, 'masked', 'js-4', { value: 0.36, ci95: [0.3, 0.4] })
  const fast = results.points.find((p) => p.model === 'masked' && p.setting === 'S=4')
  expect(row(results, 'time')).toMatchObject({ leader: 1, outcome: 'Masked diffusion leads' })
  for (const l of fast?.latency ?? []) Object.assign(l, { ci95: [1, 1e5] })
  for (const p of results.points) if (p !== fast && p.model === 'masked') p.latency = []
  expect(row(results, 'time')).toMatchObject({ leader: null, outcome: 'no difference shown' })
})

test('what collapsed is no best setting', () => {
  const results = madeUp([ar(), masked()])
  setMetric(results, 'masked', 'js-4', { value: 0.01, ci95: [0.009, 0.011] })
  expect(row(results, 'quality')?.leader).toBe(1)
  setMetric(results, 'masked', 'entropy', { value: 1 })
  expect(row(results, 'quality')).toMatchObject({ leader: 0, outcome: 'Autoregressive alone' })
})

test('answers: accuracy, tokens a forward, and one line where AR is faster than everything', () => {
  const results = answering([ar(), masked()])
  expect(blockOf(results).rows.map(({ id }) => id.replace('reference-', ''))).toEqual([
    'likelihood',
    'quality',
    'few-forwards',
    'parallel',
    'time',
    'time-16',
  ])
  expect(blockOf(results).notes).toEqual([])
  for (const p of results.points)
    if (p.model === 'ar') for (const l of p.latency) Object.assign(l, { p50: 1, ci95: [0.9, 1.1] })
  expect(blockOf(results).notes).toEqual([
    'Autoregression is faster than every other setting measured here: 1.00\u00a0ms at batch 1.',
  ])
})

test('as a table it says what the figure says', () => {
  const block = blockOf(madeUp([ar(), masked()]))
  const { header, rows } = verdictTable(block)
  expect(header).toEqual(['question', 'Autoregressive', 'Masked diffusion', 'verdict'])
  expect(rows.map(({ cells }) => cells.at(-1))).toEqual(block.rows.map((r) => r.outcome))
})

test('what merely was not shown to be worse is no match for the best: its value must lie inside the interval', () => {
  const results = answering([ar(), masked()])
  setMetric(results, 'ar', 'accuracy', { value: 0.13, ci95: [0.074, 0.2] })
  setMetric(results, 'masked', 'accuracy', { value: 0.063, ci95: [0.031, 0.12] })
  expect(row(results, 'quality')?.outcome).toBe('no difference shown')
  expect(row(results, 'parallel')).toMatchObject({ outcome: 'Autoregressive alone' })
  setMetric(results, 'masked', 'accuracy', { value: 0.08, ci95: [0.04, 0.14] })
  expect(row(results, 'parallel')).toMatchObject({ outcome: 'Masked diffusion leads' })
})

test('a partial run names no leader', () => {
  const results = { ...madeUp([ar(), masked()]), partial: '4 of 64 texts' }
  for (const { leader, outcome } of blockOf(results).rows)
    expect([leader, outcome]).toEqual([null, 'partial: undecided'])
})

test('many at a time is a question of its own, where that was timed', () => {
  const results = answering([ar(), masked()])
  for (const p of results.points)
    for (const l of p.latency) {
      const p50 = (p.model === 'ar') === (l.batch === 16) ? 10 : 20
      Object.assign(l, { p50, ci95: [p50 - 1, p50 + 1] })
    }
  setMetric(results, 'ar', 'accuracy', { value: 0.9, ci95: [0.85, 0.95] })
  setMetric(results, 'masked', 'accuracy', { value: 0.9, ci95: [0.85, 0.95] })
  expect(row(results, 'time')).toMatchObject({ outcome: 'Masked diffusion leads' })
  expect(row(results, 'time-16')).toMatchObject({
    question: 'And 16 at a time?',
    outcome: 'Autoregressive leads',
  })
  for (const p of results.points) p.latency = p.latency.slice(0, 1)
  expect(row(results, 'time-16')).toBeUndefined()
})

test('a corrector that rewrites clean text does not lead in repairs', () => {
  const results = answering([ar(), masked()])
  expect(row(results, 'repair')).toBeUndefined()
  const rates = (model: string, repair: number, edits: number): void => {
    for (const p of results.points)
      if (p.model === model)
        for (const [name, value] of [
          ['repair-rate', repair],
          ['false-edit-rate', edits],
        ] as const)
          p.quality.push({ ...p.quality[0], name, value, ci95: [value * 0.9, value * 1.1] })
  }
  rates('ar', 0.6, 0.05)
  rates('masked', 0.2, 0.004)
  expect(row(results, 'repair')).toMatchObject({
    leader: 1,
    outcome: 'Masked diffusion alone',
    cells: [{ value: '–', about: 'changes more than that' }, { value: '0.20' }],
  })
})
