/** Samplers that decide for themselves how many positions a step writes, on languages whose truth is known. */
import { freeCanvas } from '@trivium/language-model'
import { createLanguage, type Language } from '@trivium/languages'
import type { SamplerConfigOf } from '@trivium/schema'
import { describe, expect, it } from 'vitest'
import { createAbsorbingProcess } from '../absorbing.ts'
import { canvases, oracleOf, write } from '../testing/oracle.ts'
import { entropyOf } from './entropy.ts'
import { withinBound } from './entropy-bound.ts'
import { largestCount } from './factor.ts'

const process = createAbsorbingProcess('linear')
type Sampler = SamplerConfigOf<'masked-diffusion'>

/** Rows with an error, and forwards of the slowest row. */
async function run(language: Language, sampler: Sampler, rows = 8, length = 64) {
  // Positions written together may contradict each other; the oracle then takes the likeliest to be wrong.
  const { vocabulary, denoise } = oracleOf(language, 1e-9)
  const canvas = canvases(rows, freeCanvas(length, vocabulary))
  const { rows: written, cost } = await write({ canvas, sampler, seed: 3 }, { denoise, vocabulary, process })
  const wrong = written.filter(({ tokens }) => language.errors(tokens) > 0).length
  return { errorShare: wrong / rows, forwards: cost.forwards }
}

const blocks = createLanguage({ type: 'blocks', vocabSize: 8, seed: 1, blockLength: 8 })
const chain = createLanguage({ type: 'chain', vocabSize: 8, seed: 1, successors: 3 })
const drawn = { temperature: 1 } as const

describe('8 blocks of which one token determines the rest', () => {
  it.each([0.001, 0.1, 1])('entropy-bound γ = %d makes no error in at most 10 forwards', async (gamma) => {
    const { errorShare, forwards } = await run(blocks, { type: 'entropy-bound', gamma, ...drawn })
    expect(errorShare).toBe(0)
    expect(forwards).toBeLessThanOrEqual(10)
  })

  it('threshold .9 makes no error in at most 18, factor 1 in as few', async () => {
    const threshold = await run(blocks, { type: 'threshold', tau: 0.9, ...drawn })
    expect(threshold.errorShare).toBe(0)
    expect(threshold.forwards).toBeLessThanOrEqual(18)
    const factor = await run(blocks, { type: 'factor', factor: 1, ...drawn })
    expect(factor.errorShare).toBe(0)
    expect(factor.forwards).toBeLessThanOrEqual(18)
  })

  it('as many positions a step in random order are wrong almost everywhere', async () => {
    const { errorShare, forwards } = await run(blocks, { type: 'random', steps: 8, ...drawn }, 64)
    expect(forwards).toBe(8)
    expect(errorShare).toBeGreaterThan(0.9)
  })
})

describe('a chain in which each token needs its neighbour', () => {
  it('entropy-bound γ ≤ .3 slows down to about a forward a token, and makes hardly an error', async () => {
    const { errorShare, forwards } = await run(chain, { type: 'entropy-bound', gamma: 0.3, ...drawn }, 16)
    expect(forwards).toBeGreaterThan(32)
    expect(errorShare).toBeLessThan(0.2)
    const eager = await run(chain, { type: 'entropy-bound', gamma: 20, ...drawn }, 16)
    expect(eager.forwards).toBeLessThan(16)
    expect(eager.errorShare).toBeGreaterThan(0.9)
  })
})

describe('the counts', () => {
  it('withinBound: what the largest alone cannot lose is free, at least one', () => {
    expect(withinBound([2, 2, 2], 1)).toBe(1)
    expect(withinBound([0, 0, 2, 2], 1)).toBe(3)
    expect(withinBound([0.4, 0.5, 2], 1)).toBe(3)
    expect(withinBound([0.4, 0.7, 2], 1)).toBe(2)
    expect(withinBound([], 1)).toBe(1)
    expect(withinBound([0, 0, 0], 0)).toBe(3)
  })

  it('largestCount: (n+1)(1 − c) < f', () => {
    expect(largestCount([0.9, 0.8, 0.5], 1)).toBe(2)
    expect(largestCount([0.9, 0.7, 0.69], 1)).toBe(2)
    expect(largestCount([0.4], 1)).toBe(0)
    expect(largestCount([1, 1, 1], 0.1)).toBe(3)
    expect(largestCount([], 1)).toBe(0)
  })

  it('entropyOf is −Σp ln p, 0 for a sure token', () => {
    expect(entropyOf(Float32Array.from([0.5, 0.25, 0.25], Math.log))).toBeCloseTo(1.5 * Math.LN2, 6)
    expect(entropyOf([0, Number.NEGATIVE_INFINITY])).toBe(0)
    expect(entropyOf(new Float32Array(8))).toBeCloseTo(Math.log(8), 12)
  })
})
