import { freeCanvas, gapCanvas } from '@trivium/language-model'
import { allRows, chiSquareScore, rowNumber } from '@trivium/languages'
import { describe, expect, it } from 'vitest'
import { canvases, chainLanguage as language, oracleOf, write } from '../testing/oracle.ts'
import { createUniformProcess } from '../uniform.ts'
import type { Denoiser } from './decode.ts'
import { mixed } from './uniform.ts'

const process = createUniformProcess('linear')
const { vocabulary } = oracleOf(language)
const V = 3

/**
 * ln p(x₀ᵢ | x_t at the other positions), exactly: the posterior under the process' chance of a wrong token, without what the
 * position itself shows.
 */
const denoise: Denoiser = async (rows, times = []) =>
  Float32Array.from(
    rows.flatMap((row, b) => {
      const wrong = ((1 - process.alpha(Math.max(...times[b]))) * (V - 1)) / V
      const p = language.conditional(row, wrong)
      return Array.from(p, (x, k) => {
        const shown = row[Math.floor(k / V)] === k % V
        return Math.log(x / (shown ? 1 - wrong : wrong / (V - 1)))
      })
    }),
  )
const model = { denoise, vocabulary, process }

describe('uniform', () => {
  const law = allRows(V, 4).map((row) => Math.exp(language.logProb(row)))
  async function score(steps: number, kappa: number): Promise<number> {
    const canvas = canvases(2000, freeCanvas(4, vocabulary))
    const sampler = { type: 'uniform', steps, kappa, temperature: 1 } as const
    const { rows, cost } = await write({ canvas, sampler, seed: 3 }, model)
    expect(cost.forwards).toBe(steps)
    const counts = new Float64Array(81)
    for (const { tokens } of rows) counts[rowNumber(tokens, V)] += 1
    return chiSquareScore(counts, law)
  }

  it('gives the law of the language with many steps (χ² over all rows)', async () => {
    expect(Math.abs(await score(48, 1))).toBeLessThan(5)
  })

  it('with fresh noise in every step comes nearer to the law the more steps there are', async () => {
    expect(await score(48, 0.7)).toBeLessThan((await score(6, 0.7)) / 2)
  })

  it('in one step draws every position by itself', async () => {
    const canvas = canvases(2000, freeCanvas(4, vocabulary))
    const sampler = { type: 'uniform', steps: 1, kappa: 1, temperature: 1 } as const
    const { rows } = await write({ canvas, sampler, seed: 3 }, model)
    const counts = new Float64Array(81)
    for (const { tokens } of rows) counts[rowNumber(tokens, V)] += 1
    const law = allRows(V, 4).map((row) => Math.exp(language.logProb(row)))
    expect(chiSquareScore(counts, law)).toBeGreaterThan(20)
  })

  it('keeps what is given, and a row does not depend on its neighbours', async () => {
    const canvas = gapCanvas(Int32Array.of(2, 1), 6, Int32Array.of(0), vocabulary)
    const sampler = { type: 'uniform', steps: 8, kappa: 0.9, temperature: 1 } as const
    // The oracle of this test knows one time for all positions: given ones are told as sure by the canvas alone.
    const many = await write({ canvas: canvases(3, canvas), sampler, seed: 1 }, model)
    const alone = await write({ canvas: [canvas], sampler, seed: 1 }, model)
    expect(many.rows[0]).toEqual(alone.rows[0])
    for (const { tokens } of many.rows) expect([tokens[0], tokens[1], tokens[8]]).toEqual([2, 1, 0])
  })

  it('refuses the samplers of the absorbing process, and they it', async () => {
    const canvas = [freeCanvas(4, vocabulary)]
    const ancestral = { type: 'ancestral', steps: 4, temperature: 1 } as const
    await expect(write({ canvas, sampler: ancestral, seed: 1 }, model)).rejects.toThrow(/process: absorbing/)
  })
})

describe('mixed', () => {
  it('κ = 1 is the posterior, κ = 0 fresh noise on x̂₀; both sum to one', () => {
    const p = Float64Array.of(0.5, 0.3, 0.2)
    const at = { s: 0.3, t: 0.6 }
    expect(mixed(process, p, 1, { ...at, kappa: 1 })).toEqual(process.posterior(p, 1, 0.3, 0.6))
    const alpha = process.alpha(0.3)
    const fresh = mixed(process, p, 1, { ...at, kappa: 0 })
    fresh.forEach((x, v) => expect(x).toBeCloseTo(alpha * p[v] + (1 - alpha) / 3, 12))
    for (const kappa of [0, 0.5, 1])
      expect(mixed(process, p, 2, { ...at, kappa }).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12)
  })
})
