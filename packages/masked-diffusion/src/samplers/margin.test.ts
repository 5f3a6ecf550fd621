import { freeCanvas } from '@trivium/language-model'
import { allRows, chiSquareScore, rowNumber } from '@trivium/languages'
import { describe, expect, it } from 'vitest'
import { createAbsorbingProcess } from '../absorbing.ts'
import { canvases, chainLanguage as language, oracleOf, watch, write } from '../testing/oracle.ts'
import type { Denoiser } from './decode.ts'
import { lead } from './margin.ts'

const process = createAbsorbingProcess('linear')

describe('margin', () => {
  it('keeps the position where the best leads the second by most, though another token is surer', async () => {
    // Position 0: .5 and .45, position 1: .4 and .2; low-confidence would begin with position 0.
    const p = [
      [0.5, 0.45, 0.03, 0.02],
      [0.4, 0.2, 0.2, 0.2],
    ]
    const denoise: Denoiser = async () => Float32Array.from(p.flat(), Math.log)
    const order = async (type: 'margin' | 'low-confidence') => {
      const sampler = { type, steps: 2, temperature: 0 } as const
      const vocabulary = { size: 8, textSize: 4, mask: 4, bos: 5, eos: 6, pad: 7 }
      const request = { canvas: [freeCanvas(2, vocabulary)], sampler, seed: 1 }
      const { events } = await watch(request, { denoise, vocabulary, process })
      return events.flatMap(({ committed }) => committed)
    }
    expect(await order('margin')).toEqual([1, 0])
    expect(await order('low-confidence')).toEqual([0, 1])
  })

  it('with one position a step samples the language, where low-confidence does not (χ² over all rows)', async () => {
    const { vocabulary, denoise } = oracleOf(language)
    const law = allRows(3, 4).map((row) => Math.exp(language.logProb(row)))
    const score = async (type: 'margin' | 'low-confidence', steps: number): Promise<number> => {
      const sampler = { type, steps, temperature: 1 } as const
      const request = { canvas: canvases(6000, freeCanvas(4, vocabulary)), sampler, seed: 4 }
      const { rows, cost } = await write(request, { denoise, vocabulary, process })
      expect(cost.forwards).toBe(steps)
      const counts = new Float64Array(law.length)
      for (const { tokens } of rows) counts[rowNumber(tokens, 3)] += 1
      return chiSquareScore(counts, law)
    }
    expect(Math.abs(await score('margin', 4))).toBeLessThan(4.5)
    expect(await score('margin', 2)).toBeGreaterThan(10)
    expect(await score('low-confidence', 4)).toBeGreaterThan(10)
  })
})

describe('lead', () => {
  it('is p₁−p₂, 0 between equals, 1 where nothing else can stand', () => {
    expect(lead(Float32Array.from([0.2, 0.7, 0.1], Math.log))).toBeCloseTo(0.5, 6)
    expect(lead(Float32Array.of(3, 3, -1))).toBe(0)
    expect(lead(Float32Array.of(Number.NEGATIVE_INFINITY, 8))).toBe(1)
    expect(lead(Float32Array.of(5))).toBe(1)
  })
})
