import { createRng } from '@trivium/random'
import { InputError } from '@trivium/schema'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLanguage, hmmLanguage, iidLanguage, markovLanguage, type SyntheticLanguage } from './index.ts'

/** All V^L texts of a language. */
function* texts(V: number, L: number): Generator<Int32Array> {
  for (let code = 0; code < V ** L; code++)
    yield Int32Array.from({ length: L }, (_, t) => Math.floor(code / V ** t) % V)
}

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
const languages: Record<string, SyntheticLanguage> = {
  iid: iidLanguage([0.7, 0.2, 0.1]),
  'markov, random': createLanguage({ type: 'markov', vocabSize: 3, seed: 5 }),
  'markov with impossible steps': markovLanguage(sparse),
  'hmm, random': createLanguage({ type: 'hmm', vocabSize: 3, states: 2, seed: 5 }),
  'hmm with impossible steps': hmmLanguage({ ...sparse, emission }),
}
const L = 5

describe.each(Object.keys(languages))('%s', (name) => {
  const language = languages[name]
  const V = language.vocabSize

  it('has probabilities that sum to one', () => {
    let total = 0
    for (const x of texts(V, L)) total += Math.exp(language.logProb(x))
    expect(total).toBeCloseTo(1, 12)
  })

  it('has the conditionals that enumeration gives, under every kind of mask', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1, max: V - 1 }), { minLength: L, maxLength: L }), (known) => {
        const sums = new Float64Array(L * V)
        let evidence = 0
        for (const x of texts(V, L)) {
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

  it('has the entropy that enumeration gives', () => {
    for (const length of [1, 2, L]) {
      let h = 0
      for (const x of texts(V, length)) {
        const logP = language.logProb(x)
        if (logP > Number.NEGATIVE_INFINITY) h -= Math.exp(logP) * logP
      }
      expect(language.entropyRate(length)).toBeCloseTo(h / length, 12)
      expect(language.entropyRateStderr(length)).toBe(0)
    }
  })

  it('draws each text as often as its probability says', () => {
    const draws = 20_000
    const counts = new Map<string, number>()
    const rng = createRng(11)
    for (let i = 0; i < draws; i++) {
      const key = language.sample(rng.fork(i), 3).join()
      counts.set(key, (counts.get(key) ?? 0) + 1)
    }
    let chi2 = 0
    let cells = 0
    for (const x of texts(V, 3)) {
      const p = Math.exp(language.logProb(x))
      const n = counts.get(x.join()) ?? 0
      if (p === 0) expect(n).toBe(0)
      if (p * draws < 5) continue
      chi2 += (n - p * draws) ** 2 / (p * draws)
      cells++
    }
    // Mean `cells`, variance 2·cells: five standard deviations above.
    expect(chi2).toBeLessThan(cells + 5 * Math.sqrt(2 * cells))
    expect(language.sample(rng.fork(1), 3)).toEqual(language.sample(rng.fork(1), 3))
  })

  it('refuses tokens that it does not have', () => {
    expect(() => language.logProb(Int32Array.of(0, V))).toThrow(/token 3 at position 1/)
    expect(() => language.logProb(Int32Array.of(-1))).toThrow(InputError)
    expect(() => language.conditional(Int32Array.of(-2))).toThrow(InputError)
  })
})

describe('closed forms', () => {
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
