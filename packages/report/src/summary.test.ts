/** @file The summary follows the numbers: change them and the sentence changes. Bounds are called bounds. */
import type { Metric, Results } from '@trivium/schema'
import { expect, test } from 'vitest'
import { summarise } from './summary.ts'
import { answering, fixture, type MadeUp, madeUp } from './testing/fixture.ts'

function setMetric(
  results: Results,
  match: (pointId: string) => boolean,
  name: string,
  change: Partial<Metric>,
): void {
  for (const p of results.points)
    if (match(p.id)) p.quality = p.quality.map((m) => (m.name === name ? { ...m, ...change } : m))
}

/** The part of the summary about the reference trio. */
const reference = (results: Results): string => summarise(results).split('## Freshly')[0]

test('a bound is called one and is not ranked against an exact value', () => {
  const text = reference(fixture())
  expect(text).toContain(
    'autoregressive 1.72 (exact), masked diffusion at most 2.47 and continuous diffusion at most 2.58',
  )
  expect(text).toContain('A bound above an exact value proves nothing')
  expect(text).toContain('Bounds of different kinds are not ranked against each other')
})

test('a bound below the exact value is a proof, if the interval of the difference allows', () => {
  const results = fixture()
  const masked = results.metrics.find((m) => m.model === 'reference-masked') as Metric
  const set = (value: number, more: Partial<Metric> = {}): void =>
    void Object.assign(masked, { value, ci95: [value - 0.06, value + 0.06], ...more })
  set(1.5)
  expect(reference(results)).toContain('Masked diffusion beats the exact 1.72 even by its bound')
  expect(reference(results)).not.toContain('Likelihood: the lowest number shown, 1.72')
  set(1.69)
  expect(reference(results)).not.toContain('even by its bound')
  // One row has no interval: nothing is proven, however low.
  set(1.5, { ci95: null, stderr: null, n: 1 })
  expect(reference(results)).not.toContain('even by its bound')
})

test('what two models share is no reason to call them level: documents pair', () => {
  const results = fixture()
  const [masked, exact] = ['reference-masked', 'reference-ar'].map(
    (id) => results.metrics.find((m) => m.model === id) as Metric,
  )
  const topics = [-0.4, 0.3, 0.1, -0.2, 0.5, -0.3, 0.2, -0.2, 0.1, -0.1, 0, 0]
  const set = (metric: Metric, value: number, values?: number[]): void =>
    void Object.assign(metric, {
      value,
      ci95: [value - 0.16, value + 0.16],
      items: values && { unit: 'documents', values: [values] },
    })
  set(exact, 1.72)
  set(masked, 1.6)
  expect(reference(results)).not.toContain('even by its bound')
  set(
    exact,
    1.72,
    topics.map((t) => 1.72 + t),
  )
  set(
    masked,
    1.6,
    topics.map((t, i) => 1.6 + t + (i % 2 === 0 ? 0.02 : -0.02)),
  )
  expect(reference(results)).toContain('Masked diffusion beats the exact 1.72 even by its bound')
})

test('the leader at a budget follows the numbers and the intervals', () => {
  const at = /within 129 forwards (.*?) (leads|has the best value, no difference shown)/
  const results = fixture()
  expect(reference(results)).toMatch(at)
  expect(at.exec(reference(results))?.slice(1, 3)).toEqual(['autoregressive', 'leads'])
  const first = (id: string): boolean => id === 'reference-masked/low-confidence/S=128'
  setMetric(results, first, 'judge-bits', { value: 2.2, ci95: [2.15, 2.25] })
  expect(at.exec(reference(results))?.slice(1, 3)).toEqual([
    'masked diffusion (low-confidence, S=128)',
    'leads',
  ])
  setMetric(results, first, 'judge-bits', { value: 2.2, ci95: [1.9, 2.5] })
  expect(at.exec(reference(results))?.[2]).toBe('has the best value, no difference shown')
})

test('speed at matched quality: reported only when the time intervals are apart', () => {
  const results = fixture()
  expect(reference(results)).toContain(
    'No timed diffusion setting reaches the judge bits of the autoregressive model',
  )
  const id = 'reference-continuous/ddim/S=16'
  setMetric(results, (p) => p === id, 'judge-bits', { value: 2.36, ci95: [2.3, 2.42] })
  const latency = results.points.find((p) => p.id === id)?.latency[0]
  if (latency === undefined) throw new Error('the fixture has this point')
  Object.assign(latency, { p50: 68, ci95: [66, 70] })
  expect(reference(results)).toContain(
    'continuous diffusion (ddim, S=16), is 4.00 times faster (68.0 ms against 272 ms)',
  )
  Object.assign(latency, { ci95: [66, 300] })
  expect(reference(results)).toContain('no difference in speed shown (68.0 ms against 272 ms)')
  Object.assign(latency, { p50: 544, ci95: [530, 560] })
  expect(reference(results)).toContain('is 2.00 times slower')
})

test('where the baseline wins is listed, and ceases when it loses', () => {
  const heading = '### Where the autoregressive baseline wins'
  expect(reference(fixture())).toContain(heading)
  const results = fixture()
  results.metrics = []
  for (const p of results.points)
    if (p.model === 'reference-ar')
      p.quality = p.quality.map((m) => ({
        ...m,
        value: m.higherIsBetter ? 0.01 : 9,
        ci95: m.higherIsBetter ? [0, 0.011] : [8.9, 9.1],
      }))
  const entropyKept = results.points
    .find((p) => p.model === 'reference-ar')
    ?.quality.find((m) => m.name === 'entropy')
  if (entropyKept) entropyKept.value = 4.07
  for (const p of results.points)
    if (p.model === 'reference-ar')
      for (const l of p.latency) Object.assign(l, { p50: 9e4, ci95: [8.9e4, 9.1e4] })
  expect(reference(results)).not.toContain(heading)
  expect(reference(results)).toContain('the autoregressive baseline wins nowhere')
})

test('a control that wins a metric is flagged by name, with both numbers', () => {
  expect(reference(fixture())).toContain(
    "The control 'repeat-one-row' beats every model on judge bits (1.40 against 2.38)",
  )
  const results = fixture()
  results.baselines = results.baselines.filter((b) => b.id !== 'repeat-one-row')
  expect(reference(results)).not.toContain('The control')
})

test('a collapsed point is not ranked', () => {
  const results = fixture()
  const collapsed = (id: string): boolean => id === 'reference-masked/low-confidence/S=128'
  setMetric(results, collapsed, 'judge-bits', { value: 1.2, ci95: [1.1, 1.3] })
  expect(reference(results)).toContain('masked diffusion (low-confidence, S=128) leads (1.20)')
  setMetric(results, collapsed, 'entropy', { value: 3.2 })
  expect(reference(results)).not.toContain('leads (1.20)')
  expect(reference(results)).toContain(
    'Not ranked, because the entropy of the samples is below 95 % of held-out text',
  )
})

test('hostile names cannot become markup, and missing pieces do not throw', () => {
  const results = fixture()
  results.notes = ['<script>alert(1)</script> | *x*']
  expect(summarise(results)).toContain('&lt;script>alert(1)&lt;/script> | \\*x\\*')
  Object.assign(results, {
    models: [],
    points: [],
    metrics: [],
    baselines: [],
    samples: [],
    training: [],
    notes: [],
  })
  expect(summarise(results)).toContain('These results hold no model.')
})

test('where the baseline wins, one sentence names the measures, and only those that it wins', () => {
  const results = fixture()
  const latency = /Within the time that it takes for a text, no diffusion setting matches its ([^.]*)\./
  const speed = /No timed diffusion setting reaches its ([^,]*, [^,]*), at any speed/
  expect(latency.exec(reference(results))?.[1]).toBe('judge bits, 4-gram divergence or word validity')
  expect(speed.exec(reference(results))?.[1]).toBe('judge bits, 4-gram divergence or word validity')
  // One fast masked setting with all words valid.
  setMetric(results, (id) => id.startsWith('reference-masked'), 'word-validity', {
    value: 0.99,
    ci95: [0.98, 1],
  })
  expect(latency.exec(reference(results))?.[1]).toBe('judge bits or 4-gram divergence')
})

const masked = (label: string, worse = 0): MadeUp => ({ label, paradigm: 'masked-diffusion', worse })
const ar = (label = 'ar'): MadeUp => ({ label, paradigm: 'autoregressive' })

test('two masked models are ranked as two, each by its name', () => {
  const text = summarise(madeUp([ar(), masked('flat'), masked('elbo', 0.4)]))
  expect(text).toContain(
    'autoregressive 1.72 (exact), flat (masked diffusion) at most 2.47 and elbo (masked diffusion) at most 2.88',
  )
  expect(text).toContain(
    'Of the bounds by masked NELBO that of flat is the lowest (flat 2.47 and elbo 2.88).',
  )
  expect(text).toContain('| forwards at most | Autoregressive | flat | elbo | best judge bits |')
  expect(text).toMatch(/\| 64 \| – \| 2\.\d\d \[.*\] S=64 \| 3\.\d\d \[.*\] S=64 \| flat \|/)
  expect(text).toContain('| flat (Masked diffusion) |')
  expect(text).toMatch(/the best diffusion setting by judge bits is flat \(/)
})

test('bounds of one kind whose intervals meet are level', () => {
  const text = summarise(madeUp([masked('flat'), masked('elbo', 0.02), masked('clipped', 1)]))
  expect(text).toContain(
    'Among the lowest bounds by masked NELBO no difference is shown (flat 2.47 and elbo 2.49).',
  )
})

const lone: [string, MadeUp[]][] = [
  ['masked models alone', [masked('flat'), masked('elbo')]],
  ['one model', [masked('flat')]],
  ['AR alone', [ar()]],
  ['two AR', [ar(), ar('ar-small')]],
]
test.each(lone)('%s: nothing is said of a baseline', (_, models) => {
  const text = summarise(madeUp(models)).replace('This group has no autoregressive baseline.', '')
  expect(text).not.toMatch(/baseline/i)
  expect(text.includes('best judge bits')).toBe(models.length > 1)
})

test('a second autoregressive model is a rival of the first', () => {
  const text = summarise(madeUp([ar(), { ...ar('ar-small'), worse: 0.3 }, masked('flat')]))
  expect(text).toContain('the best setting of another model by judge bits is ar-small with 2.59')
})

test('without intervals no difference is claimed', () => {
  const results = madeUp([ar(), masked('flat')])
  for (const p of results.points) {
    for (const m of p.quality) Object.assign(m, { ci95: null, stderr: null, n: 1 })
    for (const l of p.latency) Object.assign(l, { ci95: null, n: 1 })
  }
  const text = summarise(results)
  expect(text).not.toMatch(/leads|wins\.|No timed/)
  expect(text).toContain('is no difference in speed shown')
})

test('answers of a task are ranked by accuracy', () => {
  const text = summarise(answering([ar(), masked('flat')]))
  expect(text).toContain('In bits per character of the answers:')
  expect(text).toContain('### Share of right answers for each budget of forwards')
  expect(text).not.toMatch(/held-out text:|valid words/)
})

test('names of models cannot become links, cells or emphasis', () => {
  const text = summarise(madeUp([masked('[x](javascript:1)|*a*_b_`c`\\'), masked('ok')]))
  expect(text).toContain('| [x\\](javascript:1)\\|\\*a\\*\\_b\\_\\`c\\`\\\\ (Masked diffusion) |')
})
