/** @file A language whose truth is known must tell good samples from collapsed and from broken ones. */
import { type MarkovParameters, markovLanguage } from '@trivium/languages'
import { createRng } from '@trivium/random'
import { describe, expect, it } from 'vitest'
import { divergenceFloor, errorRates, oracleGap, transitionDivergence } from './oracle.ts'

const V = 8
const noise = createRng(9).uniforms(V * V)
const transition: MarkovParameters['transition'] = Array.from({ length: V }, (_, i) => {
  const weights = Array.from(noise.subarray(i * V, (i + 1) * V), (u) => -Math.log(u))
  const sum = weights.reduce((s, w) => s + w, 0)
  return weights.map((w) => w / sum)
})
const truth = transition.map((row) => [...row])
const language = markovLanguage({ transition })
const rng = createRng(1)
const length = 64
const draw = (n: number): Int32Array[] =>
  Array.from({ length: n }, (_, i) => language.sample(rng.fork('rows', i), length))
/** Always the likeliest next token: fluent, and all alike. */
const greedy = (start: number): Int32Array => {
  const row = new Int32Array(length).fill(start)
  for (let t = 1; t < length; t++) row[t] = truth[row[t - 1]].indexOf(Math.max(...truth[row[t - 1]]))
  return row
}

describe('transitionDivergence', () => {
  it('is the closed form for counts that can be written down', () => {
    // From 0: three times 1, once 0; truth ½, ½. From 1: three times 0, as it must.
    const { kl, tv, transitions } = transitionDivergence(
      [
        [0, 1, 0, 1, 0, 1],
        [0, 0],
        [1, 0],
      ],
      [
        [0.5, 0.5],
        [1, 0],
      ],
    )
    expect(transitions).toBe(7)
    expect(kl).toBeCloseTo((3 * Math.log(1.5) + Math.log(0.5)) / 7, 12)
    expect(tv).toBeCloseTo(1 / 7, 12)
  })
  it('of true samples stands on the floor of V(V−1)/2M, far below a collapse', () => {
    const rows = draw(300)
    const { kl, tv, transitions } = transitionDivergence(rows, truth)
    const floor = divergenceFloor((r, l) => language.sample(r, l), truth, {
      rows: 300,
      length,
      rng: createRng(5),
    })
    expect(floor.kl / ((V * (V - 1)) / 2 / transitions)).toBeGreaterThan(0.85)
    expect(floor.kl / ((V * (V - 1)) / 2 / transitions)).toBeLessThan(1.15)
    expect(kl / floor.kl).toBeLessThan(2)
    expect(tv / floor.tv).toBeLessThan(1.5)
    expect(
      transitionDivergence(
        Array.from({ length: 300 }, (_, i) => greedy(i % V)),
        truth,
      ).kl,
    ).toBeGreaterThan(100 * kl)
  })
  it('refuses tokens and rows that are none', () => {
    expect(() => transitionDivergence([[0, 9]], truth)).toThrow(/token 9/)
    expect(() => transitionDivergence([[0]], truth)).toThrow(/two or more/)
  })
})

describe('oracleGap', () => {
  const logProb = (row: ArrayLike<number>): number => language.logProb(Int32Array.from(row))
  const rate = language.entropyRate(length)

  it('is zero for the language itself', () => {
    const { gap, ci95, collapsed, n } = oracleGap(draw(400), logProb, rate)
    expect(Math.abs(gap)).toBeLessThan(0.02)
    expect(ci95?.[0]).toBeLessThan(0.005)
    expect(ci95?.[1]).toBeGreaterThan(-0.005)
    expect(collapsed).toBe(false)
    expect(n).toBe(400)
  })
  it('is negative for greedy text, and says that it collapsed', () => {
    const { gap, collapsed } = oracleGap(
      Array.from({ length: 40 }, (_, i) => greedy(i % V)),
      logProb,
      rate,
    )
    expect(gap).toBeLessThan(-0.3)
    expect(collapsed).toBe(true)
  })
  it('is positive for uniform noise: its cross-entropy', () => {
    const rows = Array.from({ length: 200 }, (_, i) =>
      Int32Array.from(rng.fork('noise', i).uniforms(length), (u) => Math.floor(V * u)),
    )
    expect(oracleGap(rows, logProb, rate).gap).toBeGreaterThan(0.2)
  })
  it('counts what cannot occur apart, never as infinity', () => {
    const chain = (row: ArrayLike<number>): number => (row[0] === 0 ? -1 : Number.NEGATIVE_INFINITY)
    const { gap, impossible, n } = oracleGap(
      [
        [0, 0],
        [1, 0],
        [0, 1],
      ],
      chain,
      0.25,
    )
    expect(gap).toBeCloseTo(0.25, 12)
    expect([impossible, n]).toEqual([1, 2])
    expect(() => oracleGap([[1]], chain, 0.25)).toThrow(/none of 1 rows/)
  })
})

describe('errorRates', () => {
  const cycle = [
    [0, 1, 0],
    [0, 0, 1],
    [1, 0, 0],
  ]
  it('counts transitions and sequences', () => {
    const { ter, ser } = errorRates(
      [
        [0, 1, 2, 0],
        [0, 1, 1, 2],
        [0, 0, 0, 1],
      ],
      cycle,
    )
    expect(ter.value).toBeCloseTo(3 / 9, 12)
    expect(ter.n).toBe(9)
    expect(ser.value).toBeCloseTo(2 / 3, 12)
    expect([ter.ci95, ser.ci95]).toEqual([null, null]) // three rows prove nothing
  })
  it('without an error have the upper limit of so many rows, not of so many transitions', () => {
    const rows = Array.from({ length: 32 }, () => Array.from({ length: 64 }, (_, i) => i % 3))
    const { ter, ser } = errorRates(rows, cycle)
    expect([ter.value, ser.value]).toEqual([0, 0])
    expect(ter.ci95).toEqual(ser.ci95)
    expect(ter.ci95).toEqual([0, expect.closeTo(0.1072, 4)])
  })
  it('of clustered errors have an interval of the rows: one row all wrong is one event', () => {
    const wrong = Array.from({ length: 64 }, () => 0)
    const rows = Array.from({ length: 32 }, (_, r) => (r === 0 ? wrong : Array.from(wrong, (_, i) => i % 3)))
    const { ter } = errorRates(rows, cycle)
    expect(ter.value).toBeCloseTo(1 / 32, 12)
    expect(ter.ci95?.[1]).toBeGreaterThan(0.12) // 63 errors of 2016 alone would say 0.04
  })
  it('leaves forbidden transitions out of the divergence', () => {
    expect(transitionDivergence([[0, 1, 1, 2]], cycle).kl).toBe(0)
    expect(() => errorRates([[0]], cycle)).toThrow(/no row has a transition/)
  })
})
