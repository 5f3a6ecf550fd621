/** @file Times are compared where answers are as good, apart for plain and for speculative decoding. */
import type { Latency, Metric, ModelRecord, Paradigm, Point } from '@trivium/schema'
import { describe, expect, it } from 'vitest'
import { matchedTimeNotes, matchedTimes } from './matched-times.ts'

const model = (id: string, paradigm: Paradigm, parameters: number): ModelRecord =>
  ({ id, paradigm, parameters, group: 'fresh' }) as ModelRecord
const models = [
  model('ar-small', 'autoregressive', 100),
  model('ar-base', 'autoregressive', 1000),
  model('masked', 'masked-diffusion', 900),
]

function point(of: string, type: string, accuracy: number, times: Readonly<Record<number, number>>): Point {
  const quality = [
    { name: 'accuracy', value: accuracy },
    { name: 'tokens-per-forward', value: 1 },
  ] as Metric[]
  const latency = Object.entries(times).map(
    ([batch, p50]) => ({ batch: Number(batch), p50, ci95: [0.9 * p50, 1.1 * p50] }) as Latency,
  )
  return { id: `${of}/${type}`, model: of, sampler: { type }, quality, latency } as unknown as Point
}

describe('matchedTimes', () => {
  const points = [
    point('ar-small', 'ar', 1, { 1: 1 }),
    point('ar-base', 'ar', 1, { 1: 100, 16: 200 }),
    point('ar-base', 'mtp', 1, { 1: 40 }),
    point('ar-base', 'prompt-lookup', 1, { 1: 90 }),
    point('masked', 'low-confidence', 0.9, { 1: 1, 16: 1 }),
    point('masked', 'threshold', 0.995, { 1: 20, 16: 300 }),
  ]
  it('takes the fastest setting that answers as well, against the twin in size, plain and speculative', () => {
    const found = matchedTimes(models, points)
    expect(found.map(({ of, over, batch, ratio }) => [of, over, batch, ratio])).toEqual([
      ['masked/threshold', 'ar-base/ar', 1, 0.2],
      ['masked/threshold', 'ar-base/mtp', 1, 0.5],
      ['masked/threshold', 'ar-base/ar', 16, 1.5],
    ])
    expect(found[0].ci95?.[0]).toBeCloseTo(18 / 110, 12)
    expect(found[0].ci95?.[1]).toBeCloseTo(22 / 90, 12)
    expect(matchedTimeNotes(found)[0]).toMatch(/over ar-base\/mtp at batch 1 0\.500 \[0\.409, 0\.611\]/)
  })
  it('compares nothing where nothing is right, or the twin is not as good', () => {
    expect(matchedTimes(models, [point('masked', 'threshold', 0, { 1: 1 })])).toEqual([])
    const bad = [point('ar-base', 'ar', 0.5, { 1: 1 }), point('masked', 'threshold', 1, { 1: 1 })]
    expect(matchedTimes(models, bad)).toEqual([])
    expect(matchedTimeNotes([])).toEqual([])
  })
})
