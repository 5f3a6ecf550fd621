import { createRng } from '@trivium/random'
import { type Metric, type MetricName, metricTable, type Point } from '@trivium/schema'
import { expect, it } from 'vitest'
import { metricOf, ratio } from '../metrics/measure.ts'
import { type Gated, gate } from './gate.ts'
import { gateBenchmarks, gateJUnit, gateMarkdown } from './words.ts'

const units = 24
/** Items of mean `value` that scatter by about `spread`. */
function metric(name: MetricName, value: number, spread = 0.1, more: Partial<Metric> = {}): Metric {
  const raw = Array.from({ length: units }, (_, i) => Math.sin(i * 7) * spread)
  const shift = raw.reduce((sum, v) => sum + v, 0) / units
  const values = raw.map((v) => value + v - shift) as [number, ...number[]]
  const stderr = spread / Math.sqrt(2 * units)
  const { unit, better, bound } = metricTable[name]
  return {
    task: 'unconditional@1',
    name,
    value,
    ci95: [value - 2.07 * stderr, value + 2.07 * stderr],
    stderr,
    n: units,
    unit,
    higherIsBetter: better === 'held-out' ? null : better === 'higher',
    boundType: bound === true ? 'exact' : null,
    items: { unit: 'texts', values: [values] },
    ...more,
  }
}
const point = (quality: Metric[], more: Partial<Point> = {}): Point => ({
  id: 'ar/ar',
  model: 'ar',
  sampler: { type: 'ar', temperature: 1, cache: true },
  samplerLabel: 'AR',
  setting: 'AR',
  configHash: 'x',
  nfe: 64,
  tokenPositions: 64,
  quality,
  latency: [],
  ...more,
})
const heldOut = {
  id: 'held-out',
  label: 'held-out',
  kind: 'held-out' as const,
  quality: [metric('entropy', 2.5)],
}
const machine = { datasetSha256: 'a', cpu: 'a cpu', cores: 2, engine: 'wasm', engineThreads: 1 }
const results = (quality: Metric[], more: Partial<Gated> = {}): Gated => ({
  name: 'smoke',
  metrics: [{ ...metric('bits-per-character', 2), model: 'ar' }],
  points: [point(quality)],
  baselines: [heldOut],
  provenance: machine,
  ...more,
})
const verdictOf = (now: Gated, then: Gated, of: string): string | undefined =>
  gate(now, then).rows.find((row) => row.metric === of)?.verdict

it('the same run passes', () => {
  const run = results([metric('judge-bits', 3), metric('entropy', 2.4)])
  const verdict = gate(run, run)
  expect(verdict).toMatchObject({ passed: true, exitCode: 0, problems: [] })
  expect(verdict.rows.map((row) => row.verdict)).toEqual(['same', 'same', 'same', 'same'])
})

it('fails on a difference that is both sure and larger than the tolerance, in the direction that is worse', () => {
  const then = results([metric('judge-bits', 3), metric('word-validity', 0.9, 0.05)])
  const now = (bits: number, valid: number): Gated =>
    results([metric('judge-bits', bits), metric('word-validity', valid, 0.05)])
  expect(gate(now(3.4, 0.9), then)).toMatchObject({ passed: false, exitCode: 3 })
  expect(verdictOf(now(3.4, 0.9), then, 'judge-bits')).toBe('worse')
  expect(verdictOf(now(2.6, 0.9), then, 'judge-bits')).toBe('better')
  // Sure, since the units pair, but within 5%.
  expect(verdictOf(now(3.1, 0.9), then, 'judge-bits')).toBe('same')
  expect(gate(now(3.1, 0.9), then, { 'judge-bits': 0.01 }).exitCode).toBe(3)
  expect(verdictOf(now(3, 0.8), then, 'word-validity')).toBe('worse')
  // Large, and not sure: the scatter of units that do not pair.
  const wild = (value: number): Gated => {
    const loose = metric('judge-bits', value, 3)
    return results([{ ...loose, items: undefined }, metric('word-validity', 0.9, 0.05)])
  }
  expect(verdictOf(wild(3.4), wild(3), 'judge-bits')).toBe('same')
})

it('where neither way is better, away from held-out text is worse', () => {
  const at = (value: number): Gated => results([metric('entropy', value)])
  expect(verdictOf(at(2), at(2.4), 'entropy')).toBe('worse')
  expect(verdictOf(at(2.5), at(2.2), 'entropy')).toBe('better')
  expect(verdictOf({ ...at(2), baselines: [] }, { ...at(2.4), baselines: [] }, 'entropy')).toBe('worse')
})

it('NFE decides by itself, with room for samplers that adapt; time never does', () => {
  const latency = (p50: number): Point['latency'] => [
    { batch: 1, tokens: 64, n: 6, p50, p90: null, ci95: null, msFirstToken: null, tokensPerSecond: 1 },
  ]
  const at = (nfe: number, cpu = 'a cpu'): Gated =>
    results([], {
      points: [point([], { nfe, latency: latency(nfe) })],
      provenance: { ...machine, cpu },
    })
  expect(gate(at(65), at(64)).exitCode).toBe(3)
  /** Forwards that scatter by 3 from text to text. */
  const varying = (nfe: number): Gated => {
    const { items, value } = metric('judge-bits', nfe, 3)
    return results([], { points: [point([], { nfe: value, nfeItems: items })] })
  }
  expect(gate(varying(30), varying(28)).exitCode).toBe(0)
  expect(gate(varying(40), varying(28)).exitCode).toBe(3)
  expect(gate(varying(80), at(64)).exitCode).toBe(3)
  expect(verdictOf(at(640), at(64), 'latency, batch 1')).toBe('told')
  const elsewhere = gate(at(64, 'another'), at(64))
  expect(elsewhere).toMatchObject({ exitCode: 0, untimed: 'cpu another instead of a cpu' })
  expect(elsewhere.rows.map(({ metric: name }) => name)).not.toContain('latency, batch 1')
})

const then = results([metric('judge-bits', 3)])
const [bits] = then.points[0].quality
it.each([
  ['a missing metric', results([]), /the run lacks judge-bits of ar\/ar/],
  ['a missing point', results([], { points: [] }), /the run lacks the point ar\/ar/],
  ['a missing likelihood', results([bits], { metrics: [] }), /the run lacks bits-per-character of ar/],
  [
    'another task version',
    results([{ ...bits, task: 'unconditional@2' }]),
    /on unconditional@2, in the baseline on unconditional@1/,
  ],
  ['another n', results([{ ...bits, n: 8 }]), /has n = 8, in the baseline 24/],
  ['another suite', results([bits], { name: 'other' }), /the baseline is of 'smoke', the run of 'other'/],
  ['other data', results([bits], { provenance: { ...machine, datasetSha256: 'b' } }), /different data/],
  ['a partial run', results([bits], { partial: '--limit 2' }), /the run is partial \(--limit 2\)/],
  ['no interval', results([{ ...bits, ci95: null }]), /judge-bits of ar\/ar has no interval in the run/],
  [
    'more seeds',
    results([{ ...bits, items: { unit: 'texts', values: [[3], [3]] } }]),
    /is of 2 training seeds, in the baseline of 1/,
  ],
  [
    'another version of the evaluation',
    results([bits], { evaluationVersion: 99 }),
    /measured by version unknown of the evaluation, the run by version 99/,
  ],
  [
    'another sampler',
    results([], { points: [point([bits], { sampler: { type: 'ar', temperature: 0.5, cache: true } })] }),
    /another sampler/,
  ],
])('%s does not compare, which is no pass', (_, run, wanted) => {
  const verdict = gate(run, then)
  expect(verdict).toMatchObject({ passed: false, exitCode: 2 })
  expect(verdict.problems[0]).toMatch(wanted)
})

it('a baseline that decides nothing does not compare', () => {
  const blind = results([{ ...bits, ci95: null }], { metrics: [], points: [] })
  expect(gate(blind, blind)).toMatchObject({
    exitCode: 2,
    problems: [expect.stringMatching(/nothing can be decided/)],
  })
})

it('rows that a language cannot write are as many as were drawn', () => {
  const at = (n: number): Gated => results([metric('oracle-gap', 0, 0.1, { n })])
  expect(gate(at(20), at(24)).problems).toEqual([])
})

it('calls noise worse in next to no run, however few units and however many figures there are', () => {
  const names = ['judge-bits', 'js-1', 'js-2', 'js-3', 'js-4', 'longest-train-match'] as const
  const few = 8
  const side = (seed: number): Gated =>
    results([], {
      metrics: [],
      points: [0, 1, 2, 3].map((k) => {
        const quality = names.map((name) => {
          const noise = createRng(seed).fork(name, k).normals(few)
          const values = Array.from(noise, (z) => 3 + z)
          return metricOf('unconditional@1', name, ratio(values, Array(few).fill(1)), null)
        })
        return point(quality, { id: `ar/${k}` })
      }),
    })
  const none = Object.fromEntries(names.map((name) => [name, 0]))
  const codes = Array.from({ length: 200 }, (_, i) => gate(side(2 * i), side(2 * i + 1), none).exitCode)
  // Of 24 figures at 95% each, of which half can be worse, 91 of 200 verdicts would fail.
  expect(codes.filter((code) => code === 3).length).toBeLessThanOrEqual(3)
})

it('words: worst first, names as data, counts that add up', () => {
  const now = results([metric('judge-bits', 4)], {
    points: [point([metric('judge-bits', 4)], { id: 'ar/ar', nfe: 64 })],
  })
  const verdict = gate(now, then)
  const markdown = gateMarkdown(verdict, 'a|b <script>\n# x')
  expect(markdown.split('\n')[0]).toBe('## Gate: a&#124;b &#60;script&#62; # x')
  expect(markdown).toMatch(/1 of 3 figures are worse/)
  expect(markdown.split('\n').find((line) => line.startsWith('| ar'))).toMatch(/judge-bits.*\*\*worse\*\*/)
  const junit = gateJUnit(verdict, 'x"<&\u0001')
  expect(junit).toContain('<testsuite name="x&#34;&#60;&#38;" tests="3" failures="1" errors="0" skipped="0">')
  expect(junit.match(/<testcase /g)).toHaveLength(3)
  const { smaller, bigger } = gateBenchmarks(verdict)
  expect(smaller.map(({ name }) => name)).toEqual([
    'ar: bits-per-character',
    'ar/ar: judge-bits',
    'ar/ar: nfe',
  ])
  expect(bigger).toEqual([])
  expect(smaller[1]).toMatchObject({ value: 4, unit: 'bits/char', range: expect.stringMatching(/^± /) })
})

it('a summary stays under a mebibyte', () => {
  const [row] = gate(then, then).rows
  const rows = Array.from({ length: 40_000 }, (_, i) => ({ ...row, of: `ar/${i}-ü` }))
  const text = gateMarkdown({ passed: true, exitCode: 0, problems: [], rows, untimed: null }, 'x')
  expect(new TextEncoder().encode(text).length).toBeLessThan(2 ** 20)
  expect(text).toMatch(/… and \d+ more figures\./)
})
