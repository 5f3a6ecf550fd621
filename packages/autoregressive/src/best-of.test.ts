import { memory } from '@trivium/engine'
import { startEngine } from '@trivium/engine/node'
import { freeCanvas, gapCanvas } from '@trivium/language-model'
import { allRows, markovLanguage } from '@trivium/languages'
import { type SamplerConfig, samplerSchema } from '@trivium/schema'
import { beforeAll, describe, expect, it } from 'vitest'
import { exactModel, livelyModel, fimVocabulary as vocabulary } from './testing.ts'

beforeAll(async () => {
  await startEngine('wasm', { blas: 'off' })
})

const bestOf = (settings: object = {}): SamplerConfig => samplerSchema.parse({ type: 'best-of', ...settings })
const ids = (...tokens: number[]): Int32Array => Int32Array.from(tokens)

describe('best-of', () => {
  // From 0 one is soon in 1 or 2, which do not come back: the right side decides, the left one says little.
  const language = markovLanguage({
    initial: [0.8, 0.1, 0.1],
    transition: [
      [0.5, 0.3, 0.2],
      [0.04, 0.9, 0.06],
      [0.04, 0.06, 0.9],
    ],
  })
  const gap = (right: number) => gapCanvas(ids(0), 3, ids(right, right), vocabulary)
  const likeliest = (right: number): number[] => {
    const rows = allRows(3, 3).map((middle) => ids(0, ...middle, right, right))
    const logs = rows.map((row) => language.logProb(row))
    return [...rows[logs.indexOf(Math.max(...logs))]]
  }

  it('with many candidates writes the likeliest gap between both sides, without fill-in-the-middle training', async () => {
    const model = exactModel(language, 0)
    const request = { canvas: [gap(1), gap(2)], sampler: bestOf({ candidates: 200 }), seed: 1 }
    const { rows } = await model.generate(request)
    expect(rows.map(({ tokens }) => [...tokens])).toEqual([likeliest(1), likeliest(2)])
    expect(likeliest(1).slice(1, 4)).not.toEqual(likeliest(2).slice(1, 4))
    expect(rows.map(({ finish }) => finish)).toEqual(['length', 'length'])
  })

  it('of one is the prefix alone: as often right as the language by chance', async () => {
    const model = exactModel(language, 0)
    const canvas = Array.from({ length: 200 }, () => gap(1))
    const right = async (candidates: number): Promise<number> => {
      const { rows } = await model.generate({ canvas, sampler: bestOf({ candidates }), seed: 2 })
      const wanted = likeliest(1).join()
      return rows.filter(({ tokens }) => tokens.join() === wanted).length / 200
    }
    // p(1 1 1 | 0) = .3 · .9 · .9.
    expect(Math.abs((await right(1)) - 0.243)).toBeLessThan(0.1)
    // One of four candidates is enough: 1 − .757⁴ = .67.
    expect(await right(4)).toBeGreaterThan(0.55)
  })

  it('counts every candidate, and the forward that ranks them', async () => {
    const canvas = [gapCanvas(ids(0, 1), 4, ids(2), vocabulary), freeCanvas(7, vocabulary)]
    const { rows, cost } = await livelyModel().generate({
      canvas,
      sampler: bestOf({ candidates: 5 }),
      seed: 1,
    })
    // Three inputs in the first forward (BOS and two given ones), one in each later one; then the whole row.
    expect(rows[0]).toMatchObject({ forwards: 5 * (4 + 1), tokenPositions: 5 * (3 + 3 + 7) })
    expect(rows[1]).toMatchObject({ forwards: 7, tokenPositions: 7 })
    expect(cost).toMatchObject({ forwards: 4 + 1 + 7, tokenPositions: 5 * 13 + 7 })
  })

  it('writes a row alone as among others, notes what it drew, and leaks nothing', async () => {
    const model = livelyModel()
    const canvas = [gapCanvas(ids(0, 1), 4, ids(2), vocabulary), gapCanvas(ids(2), 5, ids(2), vocabulary)]
    const request = { canvas, sampler: bestOf({ candidates: 6 }), seed: 3, logprobs: 1, traceRows: [0] }
    const many = await model.generate(request)
    const before = memory().numTensors
    const alone = await model.generate({ ...request, canvas: canvas.slice(0, 1) })
    expect(memory().numTensors).toBe(before)
    expect(alone.rows[0]).toEqual(many.rows[0])
    const noted = many.rows[0].logprobs?.map((at) => at !== null)
    expect(noted).toEqual([false, false, true, true, true, true, false])
    const committed: number[][] = []
    for await (const event of model.decode(request)) committed.push([...event.committed])
    expect(committed).toEqual([[2, 3, 4, 5]])
  })

  it('stops between two forwards, and refuses two gaps', async () => {
    const canvas = [gapCanvas(ids(0, 1), 4, ids(2), vocabulary)]
    const stopped = { canvas, sampler: bestOf(), seed: 1, signal: AbortSignal.abort() }
    expect((await livelyModel().generate(stopped)).rows[0].finish).toBe('aborted')
    const two = gapCanvas(ids(0, 1), 2, ids(2, 1, 0), vocabulary)
    two.frozen[5] = 0
    await expect(livelyModel().generate({ canvas: [two], sampler: bestOf(), seed: 1 })).rejects.toThrow(
      /row 0 has free positions in more than one place/,
    )
  })
})
