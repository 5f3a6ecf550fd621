/** What samplers may be given besides their dial: blocks, guidance, approximate caches, a fixed point. */
import { type CanvasRow, freeCanvas, gapCanvas } from '@trivium/language-model'
import { allRows, chiSquareScore, circulantLanguage, rowNumber } from '@trivium/languages'
import type { SamplerConfig } from '@trivium/schema'
import { describe, expect, it } from 'vitest'
import { createAbsorbingProcess } from '../absorbing.ts'
import { canvases, chainLanguage, oracleOf, watch, write } from '../testing/oracle.ts'
import { createUniformProcess } from '../uniform.ts'
import type { SamplingModel } from './decode.ts'

const { vocabulary, denoise } = oracleOf(chainLanguage)
const model: SamplingModel = { denoise, vocabulary, process: createAbsorbingProcess('linear') }
const remask = { type: 'remask', strategy: 'cap', tOn: 0.55, tOff: 0.05, alphaOn: 0.9 } as const
const inBlocks = (blockLength: number): SamplerConfig[] => [
  { type: 'ancestral', steps: 3, temperature: 1, blockLength },
  { type: 'first-hitting', temperature: 1, blockLength },
  { ...remask, steps: 3, eta: 0, temperature: 1, blockLength },
]

describe('blocks', () => {
  it.each(inBlocks(1))(
    'of one position write from left to right, by the law of the language: %o',
    async (sampler) => {
      const canvas = canvases(1200, freeCanvas(4, vocabulary))
      const { rows } = await write({ canvas, sampler, seed: 2 }, model)
      const counts = new Float64Array(81)
      for (const { tokens } of rows) counts[rowNumber(tokens, 3)] += 1
      const law = allRows(3, 4).map((row) => Math.exp(chainLanguage.logProb(row)))
      expect(Math.abs(chiSquareScore(counts, law))).toBeLessThan(5)
      const { events } = await watch({ canvas: canvas.slice(0, 1), sampler, seed: 2 }, model)
      expect(events.map(({ committed }) => committed)).toEqual([[0], [1], [2], [3]])
    },
  )

  it.each(inBlocks(5))('that do not divide the row leave a short one: %o', async (sampler) => {
    const canvas = [gapCanvas(Int32Array.of(1, 2), 12, Int32Array.of(0), vocabulary)]
    const { rows, events } = await watch({ canvas, sampler, seed: 2 }, model)
    const blockOf = (position: number): number => Math.floor((position - 2) / 5)
    const order = events.flatMap(({ committed }) => committed.map(blockOf))
    expect(order).toEqual(order.slice().sort((a, b) => a - b))
    expect(new Set(order)).toEqual(new Set([0, 1, 2]))
    expect(rows[0].tokens.includes(vocabulary.mask)).toBe(false)
  })

  it('of the whole row are none: the same tokens', async () => {
    const canvas = canvases(4, freeCanvas(9, vocabulary))
    for (const sampler of inBlocks(9)) {
      const blocks = await write({ canvas, sampler, seed: 4 }, model)
      const whole = await write(
        { canvas, sampler: { ...sampler, blockLength: undefined } as SamplerConfig, seed: 4 },
        model,
      )
      expect(blocks.rows).toEqual(whole.rows)
    }
  })
})

describe('guidance', () => {
  const masses = [0.5, 0.3, 0.2]
  const oracle = oracleOf(circulantLanguage(masses))
  const guided: SamplingModel = { ...model, ...oracle }
  const prompt = gapCanvas(Int32Array.of(0), 1, new Int32Array(0), oracle.vocabulary)
  const drawn = async (guidance: number, canvas: CanvasRow[] = canvases(3000, prompt)) =>
    write({ canvas, sampler: { type: 'ancestral', steps: 1, temperature: 1, guidance }, seed: 3 }, guided)

  it.each([0, 0.5, 2])('of w = %d draws from c^(w+1)·u^(−w), in two forwards', async (w) => {
    const { rows, cost } = await drawn(w)
    const counts = new Float64Array(3)
    for (const { tokens } of rows) counts[tokens[1]] += 1
    // Without the prompt every token is as likely.
    const raised = masses.map((p) => p ** (w + 1))
    const total = raised.reduce((a, b) => a + b)
    expect(
      Math.abs(
        chiSquareScore(
          counts,
          raised.map((p) => p / total),
        ),
      ),
    ).toBeLessThan(4.5)
    expect(cost.forwards).toBe(2)
    expect(cost.tokenPositions).toBe(2 * 2 * 3000)
    expect(rows[0].forwards).toBe(2)
  })

  it('makes no sense without given text, beside a cache, or for a model of blocks', async () => {
    await expect(drawn(1, [prompt, freeCanvas(2, oracle.vocabulary)])).rejects.toThrow(
      'row 1 has no given text that guidance could strengthen; leave guidance out',
    )
    const sampler = { type: 'threshold', tau: 0.9, temperature: 1, blockLength: 4 } as const
    const request = { canvas: [prompt], seed: 1 }
    const blocks = { blockLength: 4, open: () => Promise.reject(new Error('not reached')) as never }
    await expect(
      write({ ...request, sampler: { ...sampler, guidance: 1 } }, { ...guided, blocks }),
    ).rejects.toThrow(/^guidance reads the canvas without what is given, .*use a model without blockLength$/)
    await expect(
      write({ ...request, sampler: { ...sampler, guidance: 1, cache: 'dual' } }, guided),
    ).rejects.toThrow(/^cache holds one reading of the canvas and guidance needs two/)
  })
})

describe('an approximate cache', () => {
  it('wants blocks, and a model that has one', async () => {
    const request = { canvas: [freeCanvas(8, vocabulary)], seed: 1 }
    const sampler = { type: 'threshold', tau: 0.9, temperature: 1, cache: 'prefix' } as const
    await expect(write({ ...request, sampler }, model)).rejects.toThrow(
      "cache 'prefix' is read anew for each block; give blockLength too",
    )
    await expect(write({ ...request, sampler: { ...sampler, blockLength: 4 } }, model)).rejects.toThrow(
      'this denoiser has no cache; leave cache out',
    )
    const blocks = { blockLength: 4, open: () => Promise.reject(new Error('not reached')) as never }
    await expect(
      write({ ...request, sampler: { ...sampler, blockLength: 4 } }, { ...model, blocks }),
    ).rejects.toThrow('the model caches its finished blocks, and exactly; leave cache out')
  })
})

describe('a uniform-state row that settles', () => {
  // The network is sure of token 2 everywhere, whatever it is shown.
  const sure: SamplingModel = {
    vocabulary,
    process: createUniformProcess('linear'),
    denoise: async (rows) =>
      Float32Array.from({ length: rows.length * rows[0].length * 3 }, (_, k) => (k % 3 === 2 ? 20 : 0)),
  }
  const run = (settle?: number) =>
    write(
      {
        canvas: [freeCanvas(6, vocabulary)],
        sampler: { type: 'uniform', steps: 40, kappa: 1, temperature: 1, settle },
        seed: 1,
      },
      sure,
    )

  it('ends with its most likely tokens at the second look, and takes all steps otherwise', async () => {
    const settled = await run(0.01)
    expect(settled.cost.forwards).toBe(2)
    expect([...settled.rows[0].tokens]).toEqual([2, 2, 2, 2, 2, 2])
    expect((await run()).cost.forwards).toBe(40)
    // ln 3 is as open as three tokens can be; 0 asks for certainty.
    expect((await run(0)).cost.forwards).toBe(40)
  })
})
