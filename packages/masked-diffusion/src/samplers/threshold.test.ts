import { freeCanvas } from '@trivium/language-model'
import { circulantLanguage, type Language, markovLanguage } from '@trivium/languages'
import { describe, expect, it } from 'vitest'
import { createAbsorbingProcess } from '../absorbing.ts'
import { oracleOf, watch } from '../testing/oracle.ts'

const process = createAbsorbingProcess('linear')

async function run(language: Language, length: number, tau: number, blockLength?: number) {
  const { vocabulary, denoise } = oracleOf(language)
  const { cost, rows, events } = await watch(
    {
      canvas: [freeCanvas(length, vocabulary)],
      sampler: { type: 'threshold', tau, temperature: 1, blockLength },
      seed: 5,
    },
    { vocabulary, denoise, process },
  )
  const steps = events.map(({ committed, confidence }) => ({
    committed,
    confidence: committed.map((i) => confidence[i]),
  }))
  return { steps, cost, tokens: rows[0].tokens }
}

describe('threshold', () => {
  it('needs two forwards for a language that one token decides', async () => {
    // A cycle 0 → 1 → 2 → 0: nothing is sure until one token stands, then everything is.
    const cycle = circulantLanguage([0, 1, 0])
    const { steps, cost, tokens } = await run(cycle, 12, 0.9)
    expect(steps.map(({ committed }) => committed.length)).toEqual([1, 11])
    expect(cost.forwards).toBe(2)
    for (let i = 1; i < 12; i++) expect(tokens[i]).toBe((tokens[i - 1] + 1) % 3)
  })

  it('commits one position a forward where nothing reaches τ', async () => {
    const coin = circulantLanguage([0.5, 0.5])
    const { steps, cost } = await run(coin, 7, 0.9)
    expect(steps.map(({ committed }) => committed.length)).toEqual([1, 1, 1, 1, 1, 1, 1])
    expect(cost.forwards).toBe(7)
  })

  it('commits everything at once where τ is low', async () => {
    const coin = circulantLanguage([0.5, 0.5])
    expect((await run(coin, 7, 0.4)).cost.forwards).toBe(1)
  })

  it('commits all that reach τ, or the best', async () => {
    const chain = markovLanguage({
      initial: [0.7, 0.3],
      transition: [
        [0.95, 0.05],
        [0.1, 0.9],
      ],
    })
    const { steps } = await run(chain, 40, 0.9)
    for (const { confidence } of steps)
      if (confidence.length > 1) expect(Math.min(...confidence)).toBeGreaterThanOrEqual(0.9)
    expect(steps.some(({ committed }) => committed.length > 1)).toBe(true)
    expect(steps.length).toBeGreaterThan(1)
  })

  it('stays inside its block', async () => {
    const cycle = circulantLanguage([0, 1, 0])
    const { steps, cost } = await run(cycle, 12, 0.9, 4)
    expect(steps.map(({ committed }) => committed.map((i) => Math.floor(i / 4)))).toEqual([
      [0],
      [0, 0, 0],
      [1, 1, 1, 1],
      [2, 2, 2, 2],
    ])
    expect(cost.forwards).toBe(4)
  })
})
