import { freeCanvas, gapCanvas } from '@trivium/language-model'
import { circulantLanguage, klDivergence, type MarkovLanguage } from '@trivium/languages'
import { describe, expect, it } from 'vitest'
import { createAbsorbingProcess } from '../absorbing.ts'
import { canvases, oracleOf, watch, write } from '../testing/oracle.ts'
import type { Denoiser } from './decode.ts'
import { stepsPerBlock } from './keep-best.ts'

const process = createAbsorbingProcess('linear')
const language = circulantLanguage([0.5, 0.2, 0.1, 0.06, 0.05, 0.04, 0.03, 0.02])
const { vocabulary, denoise: exact } = oracleOf(language)

/** Committed positions of row 0, step by step. */
async function commits(
  canvas: ReturnType<typeof freeCanvas>,
  sampler: { steps: number; blockLength?: number },
  denoise: Denoiser = exact,
) {
  const { rows, cost, events } = await watch(
    {
      canvas: [canvas],
      sampler: { type: 'low-confidence', temperature: 1, ...sampler },
      seed: 6,
    },
    { denoise, vocabulary, process },
  )
  return { steps: events.map(({ committed }) => committed), tokens: rows[0].tokens, cost }
}

/** KL of the transition histogram of many samples from the language's, in nats: mean over rows of P. */
async function transitionDivergence(
  chain: MarkovLanguage,
  type: 'low-confidence' | 'ancestral',
  steps: number,
) {
  const v = chain.vocabSize
  const { vocabulary, denoise } = oracleOf(chain)
  const n = 120
  const { rows } = await write(
    {
      canvas: canvases(n, freeCanvas(64, vocabulary)),
      sampler: { type, steps, temperature: 1 },
      seed: 1,
    },
    { denoise, vocabulary, process },
  )
  const counts = new Float64Array(v * v)
  for (const { tokens } of rows) for (let i = 1; i < 64; i++) counts[tokens[i - 1] * v + tokens[i]] += 1
  return klDivergence(
    counts,
    Float64Array.from(counts, (_, k) => chain.transition[Math.floor(k / v)][k % v] / v),
  )
}

describe('low-confidence', () => {
  it('keeps ⌊m/S⌋ + [i < m mod S] positions in step i', async () => {
    const { steps, cost } = await commits(freeCanvas(11, vocabulary), { steps: 4 })
    expect(steps.map((c) => c.length)).toEqual([3, 3, 3, 2])
    expect(cost.forwards).toBe(4)
    expect(cost.tokenPositions).toBe(44)
  })

  it('runs no more steps than there are positions', async () => {
    const { steps, cost } = await commits(freeCanvas(5, vocabulary), { steps: 64 })
    expect(steps.map((c) => c.length)).toEqual([1, 1, 1, 1, 1])
    expect(cost.forwards).toBe(5)
  })

  it('keeps the most confident first, by untempered probability', async () => {
    // Position i says token 0 with a probability that grows with i; a cold temperature draws it everywhere.
    const denoise: Denoiser = async ([row]) =>
      Float32Array.from({ length: row.length * 8 }, (_, n) => (n % 8 === 0 ? 1 + Math.floor(n / 8) : 0))
    const { rows, events } = await watch(
      {
        canvas: [freeCanvas(4, vocabulary)],
        sampler: { type: 'low-confidence', steps: 4, temperature: 0.05 },
        seed: 0,
      },
      { denoise, vocabulary, process },
    )
    expect(events.map(({ committed }) => committed)).toEqual([[3], [2], [1], [0]])
    for (const { committed, confidence } of events) {
      const x = 1 + committed[0]
      expect(confidence[committed[0]]).toBeCloseTo(Math.exp(x) / (Math.exp(x) + 7), 5)
    }
    expect([...rows[0].tokens]).toEqual([0, 0, 0, 0])
  })

  it('writes block by block from the first position to write; only the block competes', async () => {
    const canvas = gapCanvas(Int32Array.of(1, 2, 3), 8, Int32Array.of(0), vocabulary)
    const { steps, cost } = await commits(canvas, { steps: 4, blockLength: 4 })
    expect(
      steps.flatMap((c, i) => c.map((position) => [Math.floor(i / 2), Math.floor((position - 3) / 4)])),
    ).toEqual([0, 0, 0, 0, 1, 1, 1, 1].map((b) => [b, b]))
    expect(cost.forwards).toBe(4)
  })

  it('with one block of the whole canvas is the sampler without blocks', async () => {
    const whole = await commits(freeCanvas(12, vocabulary), { steps: 5 })
    const block = await commits(freeCanvas(12, vocabulary), { steps: 5, blockLength: 12 })
    expect(block.steps).toEqual(whole.steps)
    expect([...block.tokens]).toEqual([...whole.tokens])
  })

  it('with blocks of one position is left to right', async () => {
    const { steps } = await commits(freeCanvas(6, vocabulary), { steps: 6, blockLength: 1 })
    expect(steps).toEqual([[0], [1], [2], [3], [4], [5]])
  })

  it('collapses on a homogeneous language: more steps are worse, while random order gets better', async () => {
    // Committing the most confident first grows islands of the likeliest transition: a property of the rule, not of a
    // network, for here the denoiser is exact.
    const confident = [
      await transitionDivergence(language, 'low-confidence', 4),
      await transitionDivergence(language, 'low-confidence', 64),
    ]
    const random = [
      await transitionDivergence(language, 'ancestral', 4),
      await transitionDivergence(language, 'ancestral', 64),
    ]
    expect(confident[1]).toBeGreaterThan(1.5 * confident[0])
    expect(random[1]).toBeLessThan(random[0] / 5)
    expect(confident[0]).toBeGreaterThan(2 * random[0])
  })
})

describe('stepsPerBlock', () => {
  it('splits evenly where it can', () => {
    expect(stepsPerBlock(8, [32, 32, 32, 32])).toEqual([2, 2, 2, 2])
    expect(stepsPerBlock(128, [32, 32, 32, 32])).toEqual([32, 32, 32, 32])
  })

  it('sums to S, gives each block a step and none more than it can use', () => {
    for (const sizes of [[1, 32, 32, 32], [3, 1, 1, 7], [5], [1, 1, 1]])
      for (const steps of [1, 3, 4, 5, 9, 12, 97, 1000]) {
        const shares = stepsPerBlock(steps, sizes)
        const positions = sizes.reduce((a, b) => a + b, 0)
        expect(shares.reduce((a, b) => a + b, 0)).toBe(Math.max(sizes.length, Math.min(steps, positions)))
        shares.forEach((share, b) => {
          expect(share).toBeGreaterThanOrEqual(1)
          expect(share).toBeLessThanOrEqual(sizes[b])
        })
      }
  })
})
