import { freeCanvas, gapCanvas } from '@trivium/language-model'
import { allRows, chiSquareScore, rowNumber } from '@trivium/languages'
import type { SamplerConfigOf } from '@trivium/schema'
import { describe, expect, it } from 'vitest'
import { createAbsorbingProcess } from '../absorbing.ts'
import { canvases, chainLanguage as language, oracleOf, watch, write } from '../testing/oracle.ts'
import {
  doubt,
  type RemaskOptions,
  remaskStep,
  remaskStrategies,
  sigmaMax,
  unmaskProbability,
} from './remask.ts'

const process = createAbsorbingProcess('linear')
const { vocabulary, denoise } = oracleOf(language)
type Remask = Extract<SamplerConfigOf<'masked-diffusion'>, { type: 'remask' }>
const sampler = (changes: Partial<Remask> = {}): Remask => ({
  type: 'remask',
  steps: 16,
  strategy: 'cap',
  eta: 0.3,
  tOn: 0.55,
  tOff: 0.05,
  alphaOn: 0.9,
  temperature: 1,
  ...changes,
})

describe('the posterior', () => {
  it.each(remaskStrategies)(
    'of %s keeps every marginal at α_s: α_t(1−σ) + (1−α_t)·p(unmask) = α_s',
    (strategy) => {
      const options: RemaskOptions = sampler({ strategy })
      for (let index = 1; index <= 16; index++) {
        const step = remaskStep(options, process, index, 16)
        const { alphaT, alphaS, sigma } = step
        expect(sigma).toBeGreaterThanOrEqual(0)
        expect(sigma).toBeLessThanOrEqual(sigmaMax(alphaS, alphaT) + 1e-12)
        expect(alphaT * (1 - sigma) + (1 - alphaT) * unmaskProbability(step)).toBeCloseTo(alphaS, 12)
      }
      expect(remaskStep(options, process, 16, 16)).toMatchObject({ alphaS: 1, sigma: 0 })
    },
  )

  it('doubt is softmax(−p): the least sure goes back first', () => {
    const [sure, unsure] = doubt([0.9, 0.1])
    expect(sure + unsure).toBeCloseTo(1, 12)
    expect(unsure / sure).toBeCloseTo(Math.exp(0.8), 12)
  })
})

describe('remask', () => {
  it.each(['cap', 'rescale', 'confidence'] as const)(
    '%s with η = 0 is ancestral sampling',
    async (strategy) => {
      const canvas = canvases(12, freeCanvas(10, vocabulary))
      const model = { denoise, vocabulary, process }
      const a = await write({ canvas, sampler: sampler({ strategy, eta: 0 }), seed: 2 }, model)
      const b = await write(
        { canvas, sampler: { type: 'ancestral', steps: 16, temperature: 1 }, seed: 2 },
        model,
      )
      expect(a.rows).toEqual(b.rows)
      expect(a.cost.forwards).toBe(b.cost.forwards)
    },
  )

  it.each(remaskStrategies)(
    '%s gives the law of the language with many steps (χ² over all rows)',
    async (strategy) => {
      const canvas = canvases(3000, freeCanvas(4, vocabulary))
      const { rows } = await write(
        { canvas, sampler: sampler({ strategy, steps: 96, eta: 0.05 }), seed: 7 },
        {
          denoise,
          vocabulary,
          process,
        },
      )
      const counts = new Float64Array(81)
      for (const { tokens } of rows) counts[rowNumber(tokens, 3)] += 1
      const law = allRows(3, 4).map((row) => Math.exp(language.logProb(row)))
      expect(Math.abs(chiSquareScore(counts, law))).toBeLessThan(5)
    },
  )

  it('takes back what it wrote, never what is given, and leaves nothing masked', async () => {
    const canvas = gapCanvas(Int32Array.of(2, 1), 10, Int32Array.of(0), vocabulary)
    let back = 0
    for (let seed = 0; seed < 10; seed++) {
      const { rows, events } = await watch(
        { canvas: [canvas], sampler: sampler({ eta: 1 }), seed },
        {
          denoise,
          vocabulary,
          process,
        },
      )
      let before = canvas.tokens
      for (const { tokens } of events) {
        back += tokens.filter((token, i) => token === vocabulary.mask && before[i] !== vocabulary.mask).length
        expect([tokens[0], tokens[1], tokens[12]]).toEqual([2, 1, 0])
        before = tokens
      }
      expect(rows[0].tokens.includes(vocabulary.mask)).toBe(false)
    }
    expect(back).toBeGreaterThan(10)
  })

  it('does not depend on its neighbours', async () => {
    const model = { denoise, vocabulary, process }
    const many = await write(
      { canvas: canvases(3, freeCanvas(8, vocabulary)), sampler: sampler(), seed: 4 },
      model,
    )
    const alone = await write(
      { canvas: canvases(1, freeCanvas(8, vocabulary)), sampler: sampler(), seed: 4 },
      model,
    )
    expect(many.rows[0]).toEqual(alone.rows[0])
  })
})
