import { chiSquareScore } from '@trivium/languages'
import { createRng } from '@trivium/random'
import { RuntimeFailure } from '@trivium/schema'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { drawToken, tokenMasses } from './index.ts'

type Options = Parameters<typeof drawToken>[1]
const logits = [0.5, -1, 2, 2, 0]

/** Probabilities after all options. */
function probabilities(x: ArrayLike<number>, options: Options, written?: number[]): Float64Array {
  const masses = new Float64Array(x.length)
  const { total } = tokenMasses(x, options, masses, written)
  return masses.map((m) => m / total)
}

const softmax = (x: number[], t = 1): number[] => {
  const e = x.map((v) => Math.exp(v / t))
  const z = e.reduce((a, b) => a + b)
  return e.map((v) => v / z)
}
const expectClose = (a: ArrayLike<number>, b: number[]): void =>
  b.forEach((x, i) => expect(a[i]).toBeCloseTo(x, 12))

describe('tokenMasses', () => {
  it('is the tempered softmax; temperature 0 leaves the first of the most likely', () => {
    expectClose(probabilities(logits, { temperature: 1 }), softmax(logits))
    expectClose(probabilities(logits, { temperature: 0.5 }), softmax(logits, 0.5))
    expectClose(probabilities(logits, { temperature: 0 }), [0, 0, 1, 0, 0])
    expectClose(probabilities([0, 1, 0.5], { temperature: 1e-320 }), [0, 1, 0])
    expect(tokenMasses(logits, { temperature: 0.7 }, new Float64Array(5)).best).toBe(2)
  })

  it('draws nothing from logits that are none, at any temperature', () => {
    const out = new Float64Array(3)
    for (const temperature of [0, 1])
      for (const bad of [
        [0, Number.NaN, 1],
        [Number.NaN, 0, 1],
        [0, Number.POSITIVE_INFINITY, 1],
        [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
      ])
        expect(() => tokenMasses(bad, { temperature }, out)).toThrow(RuntimeFailure)
    expect(tokenMasses([Number.NEGATIVE_INFINITY, 0, 0], { temperature: 1 }, out).total).toBe(2)
  })

  it('truncates by top-k, top-p and min-p and renormalises', () => {
    expectClose(probabilities(logits, { temperature: 1, topK: 2 }), [0, 0, 0.5, 0.5, 0])
    expectClose(probabilities(logits, { temperature: 1, topK: 3, topP: 0.01 }), [0, 0, 1, 0, 0])
    expectClose(probabilities(logits, { temperature: 1, topP: 0.4 }), [0, 0, 1, 0, 0])
    const [a, , c] = softmax(logits)
    const kept = 2 * c + a
    const some = [a / kept, 0, c / kept, c / kept, 0]
    expectClose(probabilities(logits, { temperature: 1, minP: Math.exp(-1.6) }), some)
    expectClose(probabilities(logits, { temperature: 1, minP: 1 }), [0, 0, 0.5, 0.5, 0])
  })

  it('top-p measures what top-k left, renormalised', () => {
    // p = .4 .3 .2 .1: the two that top-k leaves are .571 and .429, so top-p .5 needs the first alone (of the whole
    // distribution it would need both).
    const p = [0.4, 0.3, 0.2, 0.1].map(Math.log)
    expectClose(probabilities(p, { temperature: 1, topK: 2, topP: 0.5 }), [1, 0, 0, 0])
    expectClose(probabilities(p, { temperature: 1, topP: 0.5 }), [4 / 7, 3 / 7, 0, 0])
    expectClose(probabilities(p, { temperature: 1, topK: 2, topP: 0.6 }), [4 / 7, 3 / 7, 0, 0])
    expectClose(probabilities(p, { temperature: 1, topP: 0.95, minP: 0.6 }), [4 / 7, 3 / 7, 0, 0])
  })

  it('penalises what stands in the row, once a token', () => {
    const out = probabilities(logits, { temperature: 1, repetitionPenalty: 2 }, [1, 2, 2])
    expectClose(out, softmax([0.5, -2, 1, 2, 0]))
    expectClose(probabilities(logits, { temperature: 1, repetitionPenalty: 2 }), softmax(logits))
  })

  it('always leaves a distribution, and never a token that the options drop', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -30, max: 30, noNaN: true }), { minLength: 1, maxLength: 40 }),
        fc.record(
          {
            temperature: fc.double({ min: 0, max: 5, noNaN: true }),
            topK: fc.integer({ min: 1, max: 50 }),
            topP: fc.double({ min: 0.01, max: 1, noNaN: true }),
            minP: fc.double({ min: 0, max: 1, noNaN: true }),
            repetitionPenalty: fc.double({ min: 0.1, max: 10, noNaN: true }),
          },
          { requiredKeys: ['temperature'] },
        ),
        (x, options) => {
          const p = probabilities(
            x,
            options,
            [0, 3].filter((v) => v < x.length),
          )
          expect(p.reduce((s, v) => s + v, 0)).toBeCloseTo(1, 9)
          if (options.topK !== undefined)
            expect(p.filter((v) => v > 0).length).toBeLessThanOrEqual(options.topK)
        },
      ),
    )
  })
})

/** Zipf-like logits over `v` tokens, and their softmax at a temperature. */
function zipf(v: number, temperature: number) {
  const x = Float32Array.from({ length: v }, (_, k) => 3 - 0.9 * Math.log(1 + ((k * 7919) % v)))
  const mass = Float64Array.from(x, (l) => Math.exp(l / temperature))
  const total = mass.reduce((a, b) => a + b, 0)
  return { x, p: mass.map((m) => m / total) }
}

describe('drawToken', () => {
  it.each([1, 0.7, 1.6])('draws from softmax(logits/T) by χ² at V = 1000, T = %s', (temperature) => {
    const { x, p } = zipf(1000, temperature)
    const counts = new Float64Array(1000)
    for (const u of createRng(9).uniforms(15_000)) counts[drawToken(x, { temperature }, u).token] += 1
    expect(Math.abs(chiSquareScore(counts, p))).toBeLessThan(4.5)
    // The test has power: a temperature half as high again is found.
    expect(chiSquareScore(counts, zipf(1000, temperature * 1.5).p)).toBeGreaterThan(6)
  })

  it('reaches the far tail, which float32 noise cannot', () => {
    const x = Float32Array.of(0, -25, -25)
    const tail = Math.exp(-25)
    const total = 1 + 2 * tail
    const at = (u: number): number => drawToken(x, { temperature: 1 }, u).token
    expect(at((1 - tail) / total)).toBe(0)
    expect(at((1 + 0.5 * tail) / total)).toBe(1)
    expect(at(1 - 2 ** -53)).toBe(2)
  })

  it('never draws a token of probability 0, for any uniform up to 1, and survives large logits', () => {
    const x = Float32Array.of(Number.NEGATIVE_INFINITY, 3e4, Number.NEGATIVE_INFINITY)
    for (const u of [2 ** -54, 0.5, 1 - 2 ** -53, 1]) {
      expect(drawToken(x, { temperature: 1 }, u)).toEqual({ token: 1, confidence: 1 })
      expect(drawToken(logits, { temperature: 1, topK: 2 }, u).token).toBeGreaterThan(1)
      expect(drawToken(logits, { temperature: 1, topK: 2 }, u).token).toBeLessThan(4)
    }
  })

  it('reports the probability before all options', () => {
    const x = Float32Array.of(Math.log(0.2), Math.log(0.8))
    for (const options of [
      { temperature: 1 },
      { temperature: 0 },
      { temperature: 0.1 },
      { temperature: 1, topK: 1 },
    ]) {
      const { token, confidence } = drawToken(x, options, 0.5)
      expect(token).toBe(1)
      expect(confidence).toBeCloseTo(0.8, 6)
    }
    const { token, confidence } = drawToken(x, { temperature: 1, repetitionPenalty: 10 }, 0.1, [0])
    expect([token, confidence]).toEqual([1, expect.closeTo(0.8, 6)])
  })
})
