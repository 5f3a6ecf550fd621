import { createRng } from '@trivium/random'
import { InputError } from '@trivium/schema'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  allRows,
  blocksLanguage,
  chiSquareScore,
  circulantLanguage,
  createLanguage,
  hmmLanguage,
  iidLanguage,
  type Language,
  markovLanguage,
  rowNumber,
} from './index.ts'

const sparse = {
  transition: [
    [0.5, 0.5, 0],
    [0, 0.2, 0.8],
    [1, 0, 0],
  ],
  initial: [0.6, 0.4, 0],
}
const emission = [
  [0.9, 0.1, 0],
  [0, 0.5, 0.5],
  [0.2, 0.2, 0.6],
]
const languages: Record<string, Language> = {
  iid: iidLanguage([0.7, 0.2, 0.1]),
  'markov, random': createLanguage({ type: 'markov', vocabSize: 3, seed: 5 }),
  'markov with impossible steps': markovLanguage(sparse),
  'hmm, random': createLanguage({ type: 'hmm', vocabSize: 3, states: 2, seed: 5 }),
  'hmm with impossible steps': hmmLanguage({ ...sparse, emission }),
  blocks: createLanguage({ type: 'blocks', vocabSize: 3, seed: 5, blockLength: 3 }),
  chain: createLanguage({ type: 'chain', vocabSize: 4, seed: 5, successors: 2 }),
  brackets: createLanguage({ type: 'brackets', vocabSize: 4, seed: 5 }),
}
// Balanced brackets have an even length.
const L = 4

describe.each(Object.keys(languages))('%s', (name) => {
  const language = languages[name]
  const V = language.vocabSize

  it('has probabilities that sum to one', () => {
    let total = 0
    for (const x of allRows(V, L)) total += Math.exp(language.logProb(x))
    expect(total).toBeCloseTo(1, 12)
  })

  it('has the conditionals that enumeration gives, under every kind of mask', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1, max: V - 1 }), { minLength: L, maxLength: L }), (known) => {
        const sums = new Float64Array(L * V)
        let evidence = 0
        for (const x of allRows(V, L)) {
          if (known.some((k, i) => k >= 0 && k !== x[i])) continue
          const p = Math.exp(language.logProb(x))
          evidence += p
          x.forEach((v, i) => {
            sums[i * V + v] += p
          })
        }
        const canvas = Int32Array.from(known)
        if (evidence === 0) expect(() => language.conditional(canvas)).toThrow(InputError)
        else language.conditional(canvas).forEach((p, k) => expect(p).toBeCloseTo(sums[k] / evidence, 10))
      }),
    )
  })

  it('counts errors exactly where a text cannot occur', () => {
    for (const x of allRows(V, L))
      expect(language.errors(x) === 0).toBe(language.logProb(x) > Number.NEGATIVE_INFINITY)
  })

  it('has the posteriors that enumeration gives when what is shown may be wrong', () => {
    const noise = 0.1
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1, max: V - 1 }), { minLength: L, maxLength: L }), (shown) => {
        const sums = new Float64Array(L * V)
        let evidence = 0
        for (const x of allRows(V, L)) {
          const seen = shown.reduce(
            (p, token, i) => (token < 0 ? p : p * (token === x[i] ? 1 - noise : noise / (V - 1))),
            1,
          )
          const p = seen * Math.exp(language.logProb(x))
          evidence += p
          x.forEach((v, i) => {
            sums[i * V + v] += p
          })
        }
        const got = language.conditional(Int32Array.from(shown), noise)
        got.forEach((p, k) => expect(p).toBeCloseTo(sums[k] / evidence, 10))
      }),
      { numRuns: 40 },
    )
    expect(() => language.conditional(Int32Array.of(0, 0), 1)).toThrow(/noise 1 is outside/)
  })

  it('has the entropy that enumeration gives', () => {
    for (const length of [2, L]) {
      let h = 0
      for (const x of allRows(V, length)) {
        const logP = language.logProb(x)
        if (logP > Number.NEGATIVE_INFINITY) h -= Math.exp(logP) * logP
      }
      expect(language.entropyRate(length)).toBeCloseTo(h / length, 12)
      expect(language.entropyRateStderr(length)).toBe(0)
    }
  })

  it('draws each text as often as its probability says', () => {
    const p = allRows(V, L).map((x) => Math.exp(language.logProb(x)))
    const counts = new Float64Array(p.length)
    const rng = createRng(11)
    for (let i = 0; i < 20_000; i++) counts[rowNumber(language.sample(rng.fork(i), L), V)] += 1
    expect(Math.abs(chiSquareScore(counts, p))).toBeLessThan(4.5)
    expect(language.sample(rng.fork(1), L)).toEqual(language.sample(rng.fork(1), L))
  })

  it('refuses tokens that it does not have', () => {
    expect(() => language.logProb(Int32Array.of(0, V))).toThrow(/token \d at position 1/)
    expect(() => language.logProb(Int32Array.of(-1))).toThrow(InputError)
    expect(() => language.conditional(Int32Array.of(-2))).toThrow(InputError)
  })
})

describe('closed forms', () => {
  it('of a circulant chain: every token and every position alike', () => {
    const masses = [0.7, 0.2, 0.1]
    const language = circulantLanguage(masses)
    expect(language.transition[2]).toEqual([0.2, 0.1, 0.7])
    const h = -masses.reduce((sum, p) => sum + p * Math.log(p), 0)
    expect(language.entropyRate(50)).toBeCloseTo(h + (Math.log(3) - h) / 50, 12)
    language.conditional(Int32Array.of(-1, -1, -1)).forEach((p) => expect(p).toBeCloseTo(1 / 3, 14))
  })

  it('of the two-state chain: stationary state, entropy rate, n-step conditional', () => {
    const [a, b] = [0.3, 0.1]
    const language = markovLanguage({
      transition: [
        [1 - a, a],
        [b, 1 - b],
      ],
    })
    const first = language.conditional(Int32Array.of(-1))
    expect(first[0]).toBeCloseTo(b / (a + b), 14)
    const h = (p: number): number => -p * Math.log(p) - (1 - p) * Math.log(1 - p)
    const rate = (b * h(a) + a * h(b)) / (a + b)
    expect(language.entropyRate(1000)).toBeCloseTo(rate + (h(b / (a + b)) - rate) / 1000, 12)
    // p(x_4 = 1 | x_1 = 0) = π_1 (1 − (1−a−b)³)
    const after = language.conditional(Int32Array.of(0, -1, -1, -1))
    expect(after[7]).toBeCloseTo((a / (a + b)) * (1 - (1 - a - b) ** 3), 14)
  })

  it('of an hmm that hides nothing: it is the Markov chain, also for long texts and in its drawn entropy', () => {
    const markov = createLanguage({ type: 'markov', vocabSize: 4, seed: 2 })
    const rows = [0, 1, 2, 3].map((v) => Array.from(markov.conditional(Int32Array.of(v, -1)).subarray(4)))
    const identity = rows.map((_, i) => rows.map((_, j) => (i === j ? 1 : 0)))
    const hmm = hmmLanguage({ transition: rows, emission: identity })
    const x = markov.sample(createRng(1), 2000)
    expect(hmm.logProb(x)).toBeCloseTo(markov.logProb(x), 6)
    const gap = hmm.entropyRate(60) - markov.entropyRate(60)
    expect(hmm.entropyRateStderr(60)).toBeGreaterThan(0)
    expect(Math.abs(gap)).toBeLessThan(4 * hmm.entropyRateStderr(60))
  })
})

describe('blocks', () => {
  const language = createLanguage({ type: 'blocks', vocabSize: 5, seed: 1, blockLength: 4 })
  it('are known as soon as one of their tokens is, and say nothing of each other', () => {
    const x = language.sample(createRng(3), 10)
    const canvas = new Int32Array(10).fill(-1)
    canvas[2] = x[2]
    canvas[9] = x[9]
    const p = language.conditional(canvas)
    for (const i of [0, 1, 2, 3, 8, 9]) expect(p[i * 5 + x[i]]).toBe(1)
    for (const i of [4, 5, 6, 7])
      expect(Array.from(p.subarray(i * 5, i * 5 + 5))).toEqual(new Array(5).fill(0.2))
  })

  it('refuse maps that are none', () => {
    expect(() => blocksLanguage({ maps: [] })).toThrow(/maps is empty/)
    expect(() => blocksLanguage({ maps: [[1, 0]] })).toThrow(/row 0 is not the identity/)
    expect(() =>
      blocksLanguage({
        maps: [
          [0, 1],
          [0, 0],
        ],
      }),
    ).toThrow(/row 1 is no permutation/)
  })
})

describe('chain', () => {
  it('allows the same number of successors everywhere, and no other step', () => {
    const language = createLanguage({ type: 'chain', vocabSize: 8, seed: 1, successors: 3 })
    for (let v = 0; v < 8; v++) {
      const next = Array.from(language.conditional(Int32Array.of(v, -1)).subarray(8))
      expect(next.filter((p) => p > 0)).toHaveLength(3)
      const forbidden = next.indexOf(0)
      expect(language.errors(Int32Array.of(v, forbidden))).toBe(1)
    }
    expect(() => createLanguage({ type: 'chain', vocabSize: 4, seed: 1, successors: 5 })).toThrow(
      /successors 5/,
    )
  })
})

describe('brackets', () => {
  const language = createLanguage({ type: 'brackets', vocabSize: 6, seed: 1 })
  it('are counted by Catalan numbers', () => {
    expect(language.entropyRate(20) * 20).toBeCloseTo(Math.log(16796) + 10 * Math.log(3), 9)
  })

  it('bind a closing bracket to one far away', () => {
    const canvas = new Int32Array(64).fill(-1)
    canvas[0] = 2
    // Everything between the outermost pair is balanced in itself.
    for (let i = 1; i < 63; i++) canvas[i] = i % 2 === 1 ? 0 : 3
    const last = language.conditional(canvas).subarray(63 * 6)
    expect(last[5]).toBeCloseTo(1, 12)
  })

  it('refuse odd lengths and half a type', () => {
    expect(() => language.sample(createRng(1), 3)).toThrow(/even length, not 3/)
    expect(() => createLanguage({ type: 'brackets', vocabSize: 5, seed: 1 })).toThrow(/2\.5 types/)
  })

  it('count what does not match and what stays open', () => {
    expect(language.errors(Int32Array.of(0, 3, 1, 4))).toBe(0)
    expect(language.errors(Int32Array.of(0, 4, 5, 2))).toBe(3)
  })
})

describe('bad parameters', () => {
  it('are named', () => {
    expect(() => iidLanguage([0.5, 0.4])).toThrow(/row 0 sums to 0\.9/)
    expect(() =>
      markovLanguage({
        transition: [
          [1.5, -0.5],
          [0, 1],
        ],
      }),
    ).toThrow(/row 0 holds -0\.5/)
    expect(() => markovLanguage({ transition: [[1], [0, 1]] })).toThrow(/row 0 has 1 entries, wanted 2/)
    expect(() =>
      markovLanguage({
        transition: [
          [1, 0],
          [0, 1],
        ],
      }),
    ).toThrow(/initial/)
    expect(
      markovLanguage({
        transition: [
          [1, 0],
          [0, 1],
        ],
        initial: [0.5, 0.5],
      }).entropyRate(4),
    ).toBeCloseTo(Math.LN2 / 4, 12)
  })
})
