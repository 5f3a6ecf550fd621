/** @file Metrics and controls on a small grammar: held-out text must win where a control should lose. */
import { createRng } from '@trivium/random'
import {
  type ControlId,
  type Metric,
  metricDifference,
  metricSchema,
  metricTable,
  qualityMetricNames,
} from '@trivium/schema'
import { beforeAll, describe, expect, it } from 'vitest'
import { controlBaselines, controlTexts } from './controls.ts'
import { qualityMetrics } from './quality.ts'
import { buildReference, heldOutTexts, type QualityReference } from './reference.ts'

const pick = (list: string, u: number): string => {
  const words = list.split(' ')
  return words[Math.floor(u * words.length)]
}
/** Subject verb object, with a number of forms: text with an order that a shuffle destroys. */
function write(seed: number, sentences: number): string {
  const u = createRng(seed).uniforms(6 * sentences)
  return Array.from({ length: sentences }, (_, i) => {
    const [a, b, c, d, e] = u.subarray(6 * i, 6 * i + 5)
    const subject = `the ${pick('old young quiet brave tired lost', a)} ${pick('sailor farmer judge painter soldier', b)}`
    return `${subject} ${pick('sees finds follows remembers leaves', c)} a ${pick('broken golden hidden narrow', d)} ${pick('bridge letter river garden window mirror', e)}`
  }).join(' ')
}

let reference: QualityReference
beforeAll(() => {
  reference = buildReference({
    train: write(1, 4000),
    heldOut: write(2, 1500),
    judgeOrder: 6,
  })
})
const valueOf = (texts: string[], name: string): number =>
  qualityMetrics(texts, reference).find((metric) => metric.name === name)?.value ?? Number.NaN

describe('qualityMetrics', () => {
  it('fits the schema, and every interval holds its value', () => {
    const metrics = qualityMetrics(heldOutTexts(reference, 24, 120), reference)
    expect(metrics.map((m) => m.name)).toEqual(qualityMetricNames)
    for (const metric of metrics) {
      expect(metricSchema.parse(metric)).toEqual(metric)
      expect(metric.n).toBe(24)
      const [low, high] = metric.ci95 as [number, number]
      expect(low).toBeLessThanOrEqual(metric.value)
      expect(high).toBeGreaterThanOrEqual(metric.value)
    }
  })
  it('counts what can be counted by hand', () => {
    const texts = ['x the hidden xq', 'x the hidden xq', 'z a zzzz qq', 'a q b']
    expect(valueOf(texts, 'duplicate-rate')).toBeCloseTo(1 / 4, 12)
    expect(valueOf(texts, 'word-validity')).toBeCloseTo(2 / 3, 12) // hidden, hidden | zzzz: shorter words do not count
    expect(valueOf(['XY the old sXY'], 'longest-train-match')).toBeCloseTo(10, 9) // ' the old s'
    expect(valueOf(['QQbrQQ'], 'longest-train-match')).toBeCloseTo(2, 9) // below the index: from the judge
  })
  it('asks for words that noise does not make: bigram noise has hardly one', () => {
    const noise = controlTexts(reference, 32, 120).find(({ id }) => id === 'bigram')?.texts as string[]
    expect(valueOf(noise, 'word-validity')).toBeLessThan(0.3)
    expect(valueOf(heldOutTexts(reference, 32, 120), 'word-validity')).toBe(1)
  })
  it('fewer than eight texts have no interval, and one has no error', () => {
    const rows = heldOutTexts(reference, 8, 120)
    const measured = (n: number): Metric => qualityMetrics(rows.slice(0, n), reference, ['judge-bits'])[0]
    expect(measured(8).ci95).not.toBeNull()
    expect(measured(7).ci95).toBeNull()
    expect(measured(7).stderr).not.toBeNull()
    expect(measured(1)).toMatchObject({ ci95: null, stderr: null })
  })
  it('keeps an item a text, whose mean is the value and whose scatter the error', () => {
    const [metric] = qualityMetrics(heldOutTexts(reference, 24, 120), reference)
    const values = metric.items?.values[0] as number[]
    expect(values).toHaveLength(24)
    const mean = values.reduce((sum, v) => sum + v, 0) / 24
    expect(mean).toBeCloseTo(metric.value, 4)
    const squares = values.reduce((sum, v) => sum + (v - mean) ** 2, 0)
    expect(Math.sqrt(squares / 23 / 24)).toBeCloseTo(metric.stderr as number, 4)
  })
  it('leaves out what has nothing to count, and refuses no texts', () => {
    const names = qualityMetrics(['ab', 'cd'], reference).map((m) => m.name)
    expect(names).not.toContain('js-4')
    expect(names).not.toContain('word-validity')
    expect(names).toContain('js-1')
    expect(() => qualityMetrics([], reference)).toThrow(/no texts/)
  })
  it('the standard error of the judge falls as 1/√n', () => {
    const rows = heldOutTexts(reference, 96, 60)
    const stderr = (n: number): number => qualityMetrics(rows.slice(0, n), reference)[0].stderr as number
    expect(stderr(12) / stderr(96)).toBeGreaterThan(1.8)
    expect(stderr(12) / stderr(96)).toBeLessThan(4.5)
  })
})

it('rows are cut by characters: marks, CJK and emoji alike', () => {
  const heldOut = '你好😀e\u0301 '.repeat(400)
  const split = buildReference({ train: heldOut, heldOut, judgeOrder: 3 })
  for (const { id, texts } of controlTexts(split, 8, 10))
    for (const text of texts) expect([...text].length, id).toBe(10)
  for (const text of heldOutTexts(split, 8, 10)) expect(text).not.toContain('\ufffd')
})

it('rows of the reference are not in its n-gram tables', () => {
  const heldOut = 'abcd'.repeat(1024) + 'efgh'.repeat(2048) + 'ijkl'.repeat(1024)
  const split = buildReference({ train: 'abcdefghijkl', heldOut, judgeOrder: 2 })
  expect(heldOutTexts(split, 1000, 4)).toEqual(Array.from({ length: 1024 }, () => 'ijkl').slice(0, 1000))
  const [i, e] = ['i', 'e'].map((c) => split.judge.alphabet.symbol(c))
  expect(split.heldOutGrams[0].counts.get(i)).toBeUndefined()
  expect(split.heldOutGrams[0].counts.get(e)).toBe(2048)
})

describe('controls', () => {
  it('have equal sizes and fixed text', () => {
    const once = controlTexts(reference, 16, 100)
    expect(controlTexts(reference, 16, 100)).toEqual(once)
    for (const { texts } of once) {
      expect(texts.length).toBe(16)
      for (const text of texts) expect(text.length).toBe(100)
    }
    const sorted = (text: string): string => [...text].sort().join('')
    once[4].texts.forEach((text, i) => {
      expect(sorted(text)).toBe(sorted(once[0].texts[i]))
      expect(text).not.toBe(once[0].texts[i])
    })
  })
  it('lose to held-out text, each by a metric of its own, and win what the table says', () => {
    const baselines = controlBaselines(reference, 32, 120)
    const bitsOf = (text: string): number => reference.judge.bitsPerCharacter(text)
    const table = new Map(
      baselines.map((b) => [b.id, new Map<string, Metric>(b.quality.map((m) => [m.name, m]))]),
    )
    const value = (id: string, name: string): number => table.get(id)?.get(name)?.value as number
    const interval = (id: string, name: string): [number, number] =>
      table.get(id)?.get(name)?.ci95 as [number, number]
    for (const id of ['unigram', 'bigram', 'shuffled'])
      expect(interval(id, 'judge-bits')[0]).toBeGreaterThan(interval('held-out', 'judge-bits')[1])
    expect(interval('repeat-one-row', 'entropy')[1]).toBeLessThan(interval('held-out', 'entropy')[0])
    expect(value('repeat-one-row', 'duplicate-rate')).toBe(31 / 32)
    expect(interval('repeat-one-row', 'js-4')[0]).toBeGreaterThan(interval('held-out', 'js-4')[1])
    expect(interval('unigram', 'js-4')[0]).toBeGreaterThan(interval('bigram', 'js-4')[1])
    // What the table says that they win.
    const likeliest = controlTexts(reference, 32, 120)[0].texts.toSorted((a, b) => bitsOf(a) - bitsOf(b))[0]
    expect(valueOf(Array(32).fill(likeliest), 'judge-bits')).toBeLessThan(value('held-out', 'judge-bits'))
    for (const name of qualityMetricNames) {
      const { wonBy = [], better } = metricTable[name]
      for (const id of wonBy) {
        // A row that was drawn may be any; phrases of this grammar begin and end within its sentences.
        if (id === 'repeat-one-row' || id === 'stitched') continue
        const worse = (value(id, name) - value('held-out', name)) * (better === 'higher' ? -1 : 1)
        expect(worse, `${id} wins ${name}`).toBeLessThan(0.1)
      }
    }
    expect(value('unigram', 'distinct-2')).toBeGreaterThan(value('held-out', 'distinct-2'))
  })
  it('win nothing that the table does not say', () => {
    const [heldOut, ...controls] = controlBaselines(reference, 32, 120)
    for (const { id, quality } of controls)
      for (const metric of quality) {
        const { better, wonBy = [] } = metricTable[metric.name]
        const mark = heldOut.quality.find(({ name }) => name === metric.name)
        if (better === 'held-out' || mark === undefined || wonBy.includes(id as ControlId)) continue
        const sign = better === 'higher' ? 1 : -1
        const [low, high] = metricDifference(metric, mark).ci95 ?? [0, 0]
        expect(sign > 0 ? low : -high, `${id} wins ${metric.name}`).toBeLessThan(1e-9)
      }
  })
  it('leaves out of too few held-out rows what depends on the amount of text', () => {
    const short = buildReference({ train: write(1, 200), heldOut: write(2, 30), judgeOrder: 4 })
    const [rows, repeated, , , shuffled] = controlBaselines(short, 64, 100)
    const names = (baseline: typeof rows): string[] => baseline.quality.map(({ name }) => name)
    expect(rows.quality[0].n).toBeLessThan(64)
    for (const baseline of [rows, shuffled]) {
      expect(names(baseline)).toContain('judge-bits')
      for (const name of ['entropy', 'js-4', 'distinct-4', 'self-bleu-4', 'duplicate-rate'])
        expect(names(baseline)).not.toContain(name)
    }
    expect(names(repeated)).toContain('entropy')
  })
  it('says when the held-out text is too short for a row', () => {
    const tiny = buildReference({ train: 'the cat', heldOut: 'a cat', judgeOrder: 2 })
    expect(() => controlTexts(tiny, 2, 100)).toThrow(/no row of 100/)
    expect(() => buildReference({ train: 'the cat', heldOut: '' })).toThrow(/held-out/)
  })
})
