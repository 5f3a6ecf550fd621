import { freeCanvas } from '@trivium/language-model'
import {
  allRows,
  chiSquareScore,
  circulantLanguage,
  iidLanguage,
  klDivergence,
  markovLanguage,
  rowNumber,
} from '@trivium/languages'
import { createRng } from '@trivium/random'
import { describe, expect, it } from 'vitest'
import { createAbsorbingProcess } from '../absorbing.ts'
import { ancestralLaw } from '../testing/laws.ts'
import { canvases, oracleOf, watch, write } from '../testing/oracle.ts'

const process = createAbsorbingProcess('linear')
const language = markovLanguage({
  initial: [0.6, 0.3, 0.1],
  transition: [
    [0.75, 0.2, 0.05],
    [0.1, 0.6, 0.3],
    [0.35, 0.05, 0.6],
  ],
})
const { vocabulary, denoise } = oracleOf(language)

async function histogram(length: number, steps: number, n: number, schedule = process) {
  const canvas = canvases(n, freeCanvas(length, vocabulary))
  const sampler = { type: 'ancestral', steps, temperature: 1 } as const
  const { rows } = await write({ canvas, sampler, seed: 4 }, { denoise, vocabulary, process: schedule })
  const counts = new Float64Array(3 ** length)
  for (const { tokens } of rows) counts[rowNumber(tokens, 3)] += 1
  return { counts, rows }
}

describe('ancestral', () => {
  it.each(['linear', 'cosine', 'polynomial'] as const)(
    'unmasks as α says, step by step: %s',
    async (schedule) => {
      const coin = oracleOf(iidLanguage([0.5, 0.5]))
      const schedulePlain = createAbsorbingProcess(schedule)
      const length = 4000
      const steps = 10
      const { events } = await watch(
        {
          canvas: [freeCanvas(length, coin.vocabulary)],
          sampler: { type: 'ancestral', steps, temperature: 1 },
          seed: 2,
        },
        { denoise: coin.denoise, vocabulary: coin.vocabulary, process: schedulePlain },
      )
      expect(events.map(({ step }) => step)).toEqual(Array.from({ length: steps }, (_, k) => k + 1))
      for (const { step, tokens } of events) {
        const clean = tokens.filter((token) => token !== coin.vocabulary.mask).length
        // From an all-MASK canvas the share written by time s is (α_s − α_1)/(1 − α_1).
        const share =
          (schedulePlain.alpha(1 - step / steps) - schedulePlain.alpha(1)) / (1 - schedulePlain.alpha(1))
        expect(Math.abs(clean - length * share)).toBeLessThan(
          4.5 * Math.sqrt(length * share * (1 - share)) + 1e-6,
        )
      }
    },
  )

  it.each([1, 2, 3, 6])('has exactly the law that enumeration gives, S = %s', async (steps) => {
    const law = await ancestralLaw({ vocabulary, denoise }, process, 3, steps)
    const { counts } = await histogram(3, steps, 8000)
    expect(Math.abs(chiSquareScore(counts, law))).toBeLessThan(4.5)
  })

  it('becomes the language itself with many steps: KL at the equal-N floor', async () => {
    const n = 5000
    const length = 4
    const p = Float64Array.from(allRows(3, length), (row) => Math.exp(language.logProb(row)))
    const many = await histogram(length, 128, n)
    const one = await histogram(length, 1, n)
    const direct = new Float64Array(p.length)
    for (let i = 0; i < n; i++) direct[rowNumber(language.sample(createRng(8).fork(i), length), 3)] += 1
    const floor = klDivergence(direct, p)
    expect(floor).toBeLessThan(0.012)
    expect(klDivergence(many.counts, p)).toBeLessThan(1.5 * floor)
    // One step draws every position from its marginal: far from the language.
    expect(klDivergence(one.counts, p)).toBeGreaterThan(0.3)

    let at = [...language.initial]
    for (let i = 0; i < length; i++) {
      const counts = [0, 0, 0]
      for (const { tokens } of many.rows) counts[tokens[i]] += 1
      expect(Math.abs(chiSquareScore(counts, at))).toBeLessThan(4.5)
      at = at.map((_, to) => at.reduce((sum, q, from) => sum + q * language.transition[from][to], 0))
    }
  })

  it('samples in its last step too: S = 1 is not an argmax', async () => {
    const { rows } = await histogram(8, 1, 50)
    expect(new Set(rows.map(({ tokens }) => tokens[0])).size).toBe(3)
  })

  it('counts a forward for each step that wrote something, and none for the others', async () => {
    const chain = oracleOf(circulantLanguage([0.8, 0.1, 0.1]))
    const run = (count: number) =>
      watch(
        {
          canvas: [freeCanvas(6, chain.vocabulary)],
          sampler: { type: 'ancestral', steps: count, temperature: 1 },
          seed: 3,
        },
        { denoise: chain.denoise, vocabulary: chain.vocabulary, process },
      )
    const { cost, events } = await run(1000)
    const steps = events.map(({ step }) => step)
    for (const { committed } of events) expect(committed.length).toBeGreaterThan(0)
    expect(cost.forwards).toBe(steps.length)
    expect(cost.forwards).toBeLessThanOrEqual(6)
    expect(cost.tokenPositions).toBe(6 * cost.forwards)
    expect(steps).toEqual([...steps].sort((a, b) => a - b))
    expect((await run(1)).cost.forwards).toBe(1)
  })
})
