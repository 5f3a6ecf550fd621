import type { Latency, Metric, ModelRecord, Paradigm, Point } from '@trivium/schema'
import { describe, expect, it } from 'vitest'
import { breakEvensOf, derivedNotes, parallelismOf } from './derived.ts'

const metric = (name: Metric['name'], value: number): Metric => ({
  task: 'x@1',
  name,
  value,
  ci95: null,
  stderr: null,
  n: 10,
  unit: '',
  higherIsBetter: true,
  boundType: null,
})
const latency = (batch: number, p50: number): Latency => ({
  batch,
  tokens: 10,
  n: 8,
  p50,
  p90: null,
  ci95: [0.9 * p50, 1.1 * p50],
  msFirstToken: 1,
  tokensPerSecond: 1,
})
const point = (model: string, type: 'ar' | 'threshold', nfe: number, rest: Partial<Point> = {}): Point => ({
  id: `${model}/${type}-${nfe}`,
  model,
  sampler: (type === 'ar'
    ? { type, temperature: 0, cache: true }
    : { type, tau: 0.9, temperature: 0 }) as never,
  samplerLabel: type,
  setting: '',
  configHash: '',
  nfe,
  tokenPositions: 1,
  quality: [],
  latency: [],
  ...rest,
})
const model = (id: string, paradigm: Paradigm, parameters: number, group = 'fresh') =>
  ({ id, paradigm, parameters, group }) as ModelRecord

describe('parallelismOf', () => {
  it('keeps every point of a sampler, and compares at 99% of the best accuracy', () => {
    const answers = (accuracy: number, speed: number): Metric[] => [
      metric('accuracy', accuracy),
      metric('tokens-per-forward', speed),
    ]
    const points = [
      point('ar', 'ar', 10, { quality: answers(1, 1) }),
      point('masked', 'threshold', 2, { quality: answers(0.995, 5) }),
      point('masked', 'threshold', 1, { quality: answers(0.5, 10) }),
    ]
    const found = parallelismOf(points)
    expect(found.map(({ model: of, points: n, tokensPerForward }) => [of, n, tokensPerForward])).toEqual([
      ['ar', 1, 1],
      ['masked', 2, 5],
    ])
    expect(found[0].aup).toBeCloseTo(100, 9)
    expect(found[1].aup).toBeCloseTo(497.5, 9)
    expect(derivedNotes(found, [])[0]).toMatch(/masked threshold 498 of 2 points, 5\.00\.$/)
  })
  it('says nothing of texts, and gives no AUP where nothing is right', () => {
    expect(parallelismOf([point('m', 'threshold', 1)])).toEqual([])
    const none = parallelismOf([
      point('m', 'threshold', 1, { quality: [metric('accuracy', 0), metric('tokens-per-forward', 3)] }),
    ])
    expect(none[0]).toMatchObject({ aup: null, tokensPerForward: null })
    expect(derivedNotes(none, [])).toEqual([])
  })
})

describe('breakEvensOf', () => {
  it('takes the autoregressive model of nearest size in the group, at each batch size that both have', () => {
    const models = [
      model('ar-small', 'autoregressive', 100),
      model('ar-base', 'autoregressive', 1000),
      model('masked', 'masked-diffusion', 900),
      model('other', 'masked-diffusion', 900, 'reference'),
    ]
    const points = [
      point('ar-small', 'ar', 10, { latency: [latency(1, 10)] }),
      point('ar-base', 'ar', 10, { latency: [latency(1, 60), latency(16, 90)] }),
      point('masked', 'threshold', 4, { latency: [latency(1, 40), latency(16, 360)] }),
      point('masked', 'threshold', 2, { latency: [latency(1, 30)] }),
      point('other', 'threshold', 4, { latency: [latency(1, 40)] }),
    ]
    const found = breakEvensOf(models, points)
    expect(found.map(({ model: of, baseline, batch, nfe }) => [of, baseline, batch, nfe])).toEqual([
      ['masked', 'ar-base', 1, 6],
      ['masked', 'ar-base', 16, 1],
    ])
    expect(found[0].ci95?.[0]).toBeCloseTo((4 * 54) / 44, 9)
    expect(derivedNotes([], found)[0]).toMatch(/masked against ar-base at batch 1 6\.00 \[4\.91, 7\.33\]/)
  })
})
