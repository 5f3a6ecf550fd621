import { chiSquareScore } from '@trivium/languages'
import { createRng } from '@trivium/random'
import { describe, expect, it } from 'vitest'
import { uniformNelbo } from './likelihood.ts'
import { chainLanguage as language } from './testing/oracle.ts'
import { exactUniformNelbo, scoreEntropyOf, uniformScorer } from './testing/uniform-oracle.ts'
import { createUniformProcess } from './uniform.ts'

const schedules = ['linear', 'cosine', 'polynomial'] as const
const v = 3
const rows = [Int32Array.of(0, 0, 1), Int32Array.of(2, 1, 0), Int32Array.of(1, 1, 1)]
const vocabulary = { mask: v, textSize: v }

describe.each(schedules)('the uniform-state process, %s', (schedule) => {
  const process = createUniformProcess(schedule)
  /** q(x_t = j | x₀ = i). */
  const marginal = (t: number, i: number, j: number): number =>
    (i === j ? process.alpha(t) : 0) + (1 - process.alpha(t)) / v
  /** q(x_t = j | x_s = i). */
  const step = (s: number, t: number, i: number, j: number): number => {
    const stay = process.alpha(t) / process.alpha(s)
    return (i === j ? stay : 0) + (1 - stay) / v
  }

  it('keeps a token with α, else draws any of them', () => {
    const n = 30_000
    for (const t of [0.2, 0.7, 1]) {
      const counts = new Float64Array(v)
      const noisy = process.corrupt(new Int32Array(n).fill(1), t, createRng(3).uniforms(n), vocabulary)
      for (const token of noisy) counts[token] += 1
      const law = [0, 1, 2].map((j) => marginal(t, 1, j))
      expect(Math.abs(chiSquareScore(counts, law))).toBeLessThan(4)
    }
    expect([...process.corrupt(rows[1], 0, createRng(1).uniforms(3), vocabulary)]).toEqual([...rows[1]])
  })

  it('has the posterior of its own forward steps, for any belief about x₀', () => {
    const beliefs = [
      [1, 0, 0],
      [0.2, 0.5, 0.3],
    ]
    for (const [s, t] of [
      [0, 0.4],
      [0.3, 0.9],
      [0.5, 1],
    ])
      for (const p of beliefs)
        for (let now = 0; now < v; now++) {
          // Bayes over x₀ and x_s by enumeration.
          const joint = p.map((_, next) =>
            p.reduce((sum, x, clean) => sum + x * marginal(s, clean, next) * step(s, t, next, now), 0),
          )
          const total = joint.reduce((a, b) => a + b)
          const found = process.posterior(p, now, s, t)
          joint.forEach((q, next) => expect(found[next]).toBeCloseTo(q / total, 12))
        }
  })

  it('tells the network log((1−α)/α), within bounds', () => {
    expect(process.logNoise(0)).toBe(-8)
    expect(process.logNoise(1)).toBeCloseTo(Math.log(0.999 / 0.001), 8)
    expect(process.noise(0.5, v)).toBeCloseTo(Math.exp(process.logNoise(0.5)) / v, 10)
  })

  it('ends at its prior, but for ε', () => {
    const kl = [0, 1, 2].reduce((sum, j) => sum + marginal(1, 0, j) * Math.log(marginal(1, 0, j) * v), 0)
    expect(process.priorNats(v)).toBeCloseTo(kl, 12)
    expect(kl).toBeLessThan(2e-6)
  })
})

describe('score entropy', () => {
  it('is 0 for the truth and above it for anything else', () => {
    const rng = createRng(5)
    for (let k = 0; k < 200; k++) {
      const u = rng.fork(k).uniforms(4)
      const total = u[0] + u[1] + u[2]
      const p = [u[0] / total, u[1] / total, u[2] / total]
      for (const noisy of [0, 1, 2]) {
        expect(scoreEntropyOf(p, 1, noisy, u[3])).toBeGreaterThan(0)
        expect(scoreEntropyOf([0, 1, 0], 1, noisy, u[3])).toBeCloseTo(0, 12)
      }
    }
  })
})

describe('the uniform-state NELBO', () => {
  const process = createUniformProcess('linear')

  it('of exact p(x₀ᵢ | the others) is −log p; of p(x₀ᵢ | all) it is not tight', () => {
    for (const row of rows) {
      const exact = -language.logProb(row)
      const bound = exactUniformNelbo(language, process, row, { points: 60 })
      expect(Math.abs(bound - exact)).toBeLessThan(4e-3)
    }
    const gaps = rows.map(
      (row) =>
        exactUniformNelbo(language, process, row, { points: 60, itself: true }) + language.logProb(row),
    )
    expect(gaps.reduce((a, b) => a + b)).toBeGreaterThan(0.5)
  })

  it('does not depend on the schedule', () => {
    const other = exactUniformNelbo(language, createUniformProcess('cosine'), rows[1], { points: 60 })
    expect(Math.abs(other + language.logProb(rows[1]))).toBeLessThan(4e-3)
  })

  it('by Monte Carlo agrees within its standard error, which it knows', async () => {
    const score = uniformScorer(language, process)
    const found = await uniformNelbo(rows, score, vocabulary, process, { draws: 1024, seed: 3 })
    found.forEach(({ nats, stderr, kind, bound }, r) => {
      expect(Math.abs(nats + language.logProb(rows[r]))).toBeLessThan(4.5 * stderr)
      expect(stderr).toBeLessThan(0.5)
      expect({ kind, bound }).toEqual({ kind: 'upper-bound', bound: 'uniform-nelbo' })
    })
  })

  it('with given positions bounds the rest, which alone are noised', async () => {
    const given = [Uint8Array.of(1, 0, 1)]
    const score = uniformScorer(language, process)
    const seen: number[] = []
    const [found] = await uniformNelbo(
      [rows[1]],
      async (inputs, targets, times) => {
        for (const [b, input] of inputs.entries()) {
          seen.push(input[0], input[2], times[b][0], times[b][2])
          expect(times[b][1]).toBeGreaterThan(0)
        }
        return score(inputs, targets, times)
      },
      vocabulary,
      process,
      { draws: 64, given },
    )
    expect([...new Set(seen)].sort()).toEqual([0, 2])
    expect(found.nats).toBeGreaterThan(0)
  })
})
