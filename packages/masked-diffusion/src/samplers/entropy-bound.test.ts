/** One sampler for both processes: a uniform-state network reads fresh noise where the absorbing one reads a mask. */
import { freeCanvas, gapCanvas } from '@trivium/language-model'
import { allRows, chiSquareScore, createLanguage, rowNumber } from '@trivium/languages'
import type { SamplerConfigOf } from '@trivium/schema'
import { describe, expect, it } from 'vitest'
import { createAbsorbingProcess } from '../absorbing.ts'
import { canvases, chainLanguage, oracleOf, write } from '../testing/oracle.ts'
import { createUniformProcess } from '../uniform.ts'
import type { Denoiser, SamplingModel } from './decode.ts'

const process = createUniformProcess('linear')
const entropyBound = (settings: object): SamplerConfigOf<'masked-diffusion'> =>
  ({
    type: 'entropy-bound',
    gamma: 0,
    temperature: 1,
    trust: true,
    ...settings,
  }) as SamplerConfigOf<'masked-diffusion'>

/**
 * ln p(x₀ᵢ | the other positions, each at its own time), by enumeration of all rows: a token at time t is what was meant with
 * α(t) + (1 − α(t))/V.
 */
const enumerated: Denoiser = async (rows, times = []) => {
  const texts = allRows(3, rows[0].length)
  const law = texts.map((text) => Math.exp(chainLanguage.logProb(text)))
  return Float32Array.from(
    rows.flatMap((row, b) => {
      const alpha = Array.from(times[b], process.alpha)
      const shows = (text: Int32Array, j: number): number =>
        (text[j] === row[j] ? alpha[j] : 0) + (1 - alpha[j]) / 3
      return Array.from(row).flatMap((_, i) => {
        const p = [0, 0, 0]
        texts.forEach((text, n) => {
          p[text[i]] += text.reduce((w, _token, j) => (j === i ? w : w * shows(text, j)), law[n])
        })
        const total = p[0] + p[1] + p[2]
        return p.map((x) => Math.log(x / total))
      })
    }),
  )
}

/** The exact denoiser of a language that hears of its noise only whether there is any: pure noise says nothing. */
function hearing(language: Parameters<typeof oracleOf>[0], doubt: number): SamplingModel {
  const { vocabulary, denoise } = oracleOf(language, doubt)
  return {
    vocabulary,
    process,
    denoise: (rows, times = []) =>
      denoise(rows.map((row, b) => row.map((token, i) => (times[b][i] === 1 ? vocabulary.mask : token)))),
  }
}

describe('entropy-bound of a uniform-state model', () => {
  const { vocabulary } = oracleOf(chainLanguage)
  const chain: SamplingModel = { denoise: enumerated, vocabulary, process }

  it('γ = 0 draws the law of the language (χ² over all rows)', async () => {
    const n = 1500
    const canvas = canvases(n, freeCanvas(4, vocabulary))
    const { rows, cost } = await write({ canvas, sampler: entropyBound({}), seed: 3 }, chain)
    expect(cost.forwards).toBe(4)
    const counts = new Float64Array(81)
    for (const { tokens } of rows) counts[rowNumber(tokens, 3)] += 1
    const law = allRows(3, 4).map((row) => Math.exp(chainLanguage.logProb(row)))
    expect(Math.abs(chiSquareScore(counts, law))).toBeLessThan(4.5)
  })

  it('with too large a bound draws every position by itself', async () => {
    const canvas = canvases(1500, freeCanvas(4, vocabulary))
    const { rows, cost } = await write({ canvas, sampler: entropyBound({ gamma: 99 }), seed: 3 }, chain)
    expect(cost.forwards).toBe(1)
    const counts = new Float64Array(81)
    for (const { tokens } of rows) counts[rowNumber(tokens, 3)] += 1
    const law = allRows(3, 4).map((row) => Math.exp(chainLanguage.logProb(row)))
    expect(chiSquareScore(counts, law)).toBeGreaterThan(20)
  })

  it.each([{ gamma: 0.1 }, { gamma: 1 }, { gamma: 0.1, blockLength: 16 }])(
    'writes what the absorbing one writes, to the token: %o',
    async (settings) => {
      const language = createLanguage({ type: 'blocks', vocabSize: 8, seed: 1, blockLength: 8 })
      const oracle = oracleOf(language, 1e-9)
      const canvas = canvases(4, freeCanvas(64, oracle.vocabulary))
      const request = { canvas, sampler: entropyBound(settings), seed: 3 }
      const noise = await write(request, hearing(language, 1e-9))
      const plain = { ...request, sampler: entropyBound({ ...settings, trust: undefined }) }
      const masks = await write(plain, { ...oracle, process: createAbsorbingProcess('linear') })
      expect(noise.rows).toEqual(masks.rows)
      expect(noise.cost.forwards).toBe(masks.cost.forwards)
      for (const { tokens } of noise.rows) expect(language.errors(tokens)).toBe(0)
      if (!('blockLength' in settings)) expect(noise.cost.forwards).toBeLessThanOrEqual(10)
    },
  )

  it('shows fresh noise at every open position in every forward, and what stands as clean', async () => {
    const seen: { row: Int32Array; times: Float64Array }[] = []
    const denoise: Denoiser = (rows, times = []) => {
      seen.push({ row: rows[0], times: times[0] })
      return enumerated(rows, times)
    }
    const canvas = [gapCanvas(Int32Array.of(2), 6, Int32Array.of(0), vocabulary)]
    const { rows } = await write({ canvas, sampler: entropyBound({}), seed: 1 }, { ...chain, denoise })
    expect(seen.length).toBe(6)
    for (const [n, { row, times }] of seen.entries()) {
      expect(times.filter((t) => t === 1).length).toBe(6 - n)
      expect(Math.max(...row)).toBeLessThan(3)
      row.forEach((token, i) => {
        if (times[i] === 0) expect(token).toBe(rows[0].tokens[i])
      })
    }
    const noise = seen.map(({ row }) => row.join(''))
    expect(new Set(noise).size).toBeGreaterThan(3)
  })

  it('without trust hears one time, of a row with so many right tokens as are written', async () => {
    const heard: Float64Array[] = []
    const denoise: Denoiser = (rows, times = []) => {
      heard.push(times[0])
      return enumerated(rows, times)
    }
    const canvas = [gapCanvas(Int32Array.of(2), 4, Int32Array.of(0), vocabulary)]
    const sampler = entropyBound({ trust: undefined })
    const { rows } = await write({ canvas, sampler, seed: 1 }, { ...chain, denoise })
    expect(rows[0].tokens.includes(vocabulary.mask)).toBe(false)
    expect(heard.length).toBe(4)
    for (const [n, times] of heard.entries()) {
      expect([times[0], times[5]]).toEqual([0, 0])
      expect(new Set(times.subarray(1, 5)).size).toBe(1)
      expect(process.alpha(times[1])).toBeCloseTo(Math.max(n / 4, process.alpha(1)), 6)
    }
  })

  it('settles where the most likely tokens stand still and are sure enough', async () => {
    // One given token determines the block; the oracle doubts it, so that nothing is certain.
    const language = createLanguage({ type: 'blocks', vocabSize: 8, seed: 1, blockLength: 16 })
    const model = hearing(language, 0.01)
    const canvas = [gapCanvas(Int32Array.of(3), 15, new Int32Array(0), model.vocabulary)]
    const run = (settings: object) => write({ canvas, sampler: entropyBound(settings), seed: 1 }, model)
    const [slow, quick] = [await run({}), await run({ settle: 0.3 })]
    expect(slow.rows[0].forwards).toBeGreaterThan(4)
    expect(quick.rows[0].forwards).toBe(2)
    expect(language.errors(quick.rows[0].tokens)).toBe(0)
    expect((await run({ settle: 0 })).rows).toEqual(slow.rows)
  })

  it('trust is refused where masks say what is clean', async () => {
    const absorbing = { ...oracleOf(chainLanguage), process: createAbsorbingProcess('linear') }
    const request = { canvas: [freeCanvas(4, vocabulary)], sampler: entropyBound({}), seed: 1 }
    await expect(write(request, absorbing)).rejects.toThrow(/a mask says so itself: leave it out/)
  })

  it.each([
    [{ guidance: 1 }, /reads the whole canvas in every step, and no masks; leave guidance out/],
    [
      { blockLength: 4, cache: 'dual' },
      /reads the whole canvas in every step, and no masks; leave cache out/,
    ],
  ])('refuses %o', async (settings, message) => {
    const canvas = [gapCanvas(Int32Array.of(2), 6, Int32Array.of(0), vocabulary)]
    await expect(write({ canvas, sampler: entropyBound(settings), seed: 1 }, chain)).rejects.toThrow(message)
  })
})
