import { createRng } from '@trivium/random'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { drawToken, samplingDistribution } from './sampling.ts'

const logits = [0.5, -1, 2, 2, 0]
const p = (x: number[], t = 1): number[] => {
  const e = x.map((v) => Math.exp(v / t))
  const z = e.reduce((a, b) => a + b)
  return e.map((v) => v / z)
}
const expectClose = (a: ArrayLike<number>, b: number[]): void =>
  b.forEach((x, i) => expect(a[i]).toBeCloseTo(x, 12))

describe('samplingDistribution', () => {
  it('is the tempered softmax', () => {
    expectClose(samplingDistribution(logits, { temperature: 1 }), p(logits))
    expectClose(samplingDistribution(logits, { temperature: 0.5 }), p(logits, 0.5))
  })

  it('truncates by top-k, top-p and min-p and renormalises', () => {
    expectClose(samplingDistribution(logits, { temperature: 1, topK: 2 }), [0, 0, 0.5, 0.5, 0])
    expectClose(samplingDistribution(logits, { temperature: 1, topP: 0.4 }), [0, 0, 1, 0, 0])
    const [a, , c] = p(logits)
    const kept = 2 * c + a
    expectClose(samplingDistribution(logits, { temperature: 1, minP: Math.exp(-1.6) }), [
      a / kept,
      0,
      c / kept,
      c / kept,
      0,
    ])
  })

  it('penalises what was written', () => {
    const out = samplingDistribution(logits, { temperature: 1, repetitionPenalty: 2 }, [1, 2, 2])
    expectClose(out, p([0.5, -2, 1, 2, 0]))
  })

  it('always sums to one', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -30, max: 30, noNaN: true }), { minLength: 1, maxLength: 40 }),
        fc.record({
          temperature: fc.double({ min: 0.05, max: 5, noNaN: true }),
          topK: fc.integer({ min: 1, max: 50 }),
          topP: fc.double({ min: 0.01, max: 1, noNaN: true }),
        }),
        (x, options) => {
          expect(samplingDistribution(x, options).reduce((s, v) => s + v, 0)).toBeCloseTo(1, 9)
        },
      ),
    )
  })
})

describe('drawToken', () => {
  it('draws by the probabilities (χ² at 1,000 tokens)', () => {
    const v = 1000
    const weights = samplingDistribution(createRng(1).normals(v), { temperature: 1 })
    const n = 400_000
    const counts = new Float64Array(v)
    for (const u of createRng(2).uniforms(n)) counts[drawToken(weights, u)]++
    let chi2 = 0
    for (let i = 0; i < v; i++) chi2 += (counts[i] - n * weights[i]) ** 2 / (n * weights[i])
    // Mean v-1, standard deviation √(2(v-1)) ≈ 45.
    expect(Math.abs(chi2 - (v - 1))).toBeLessThan(5 * Math.sqrt(2 * (v - 1)))
  })

  it('never draws a token of probability zero', () => {
    expect(drawToken(Float64Array.of(0, 0.5, 0.5, 0), 1 - 2 ** -53)).toBe(2)
    expect(drawToken(Float64Array.of(0, 1), 2 ** -54)).toBe(1)
  })
})
