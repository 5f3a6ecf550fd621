import { read } from '@trivium/engine'
import { startEngine } from '@trivium/engine/node'
import { gapCanvas, type LanguageModel, plainVocabulary } from '@trivium/language-model'
import { allRows, chiSquareScore, rowNumber } from '@trivium/languages'
import { createRng } from '@trivium/random'
import { autoregressiveOptionsSchema, samplerSchema } from '@trivium/schema'
import { beforeAll, describe, expect, it } from 'vitest'
import { createAutoregressive } from './index.ts'
import { livelyModel, smallBackbone, fimVocabulary as vocabulary } from './testing.ts'

beforeAll(async () => {
  await startEngine('wasm', { blas: 'off' })
})

const [prefix, suffix] = [Int32Array.of(0, 2, 1), Int32Array.of(1, 1)]
const given = Uint8Array.of(1, 1, 1, 0, 0, 1, 1)
/** The row with each pair of tokens in its gap. */
const filled = allRows(3, 2).map((gap) => Int32Array.of(...prefix, ...gap, ...suffix))
const conditional = async (model: LanguageModel): Promise<number[]> => {
  const scores = await model.logLikelihood(filled, { given: filled.map(() => given) })
  return scores.map(({ nats }) => Math.exp(-nats))
}
const context = { rng: createRng(1), rowOffset: 0, totalRows: 2, step: 1, totalSteps: 1 }

describe('a gap, with fill-in-the-middle training', () => {
  const model = (): LanguageModel => livelyModel({ fimRate: 0.5 })

  it('has an exact conditional likelihood that knows both sides', async () => {
    const p = await conditional(model())
    expect(p.reduce((a, b) => a + b)).toBeCloseTo(1, 4)
    const other = filled.map((row) => Int32Array.of(...row.subarray(0, 6), 2))
    const [score] = await model().logLikelihood(other.slice(0, 1), { given: [given] })
    expect(Math.abs(Math.exp(-score.nats) - p[0])).toBeGreaterThan(1e-4)
    expect(score).toMatchObject({ kind: 'exact', bound: 'exact', stderr: 0 })
  })

  it('is written by that distribution (χ²), with the given text in its place', async () => {
    const p = await conditional(model())
    const n = 4000
    const canvas = Array.from({ length: n }, () => gapCanvas(prefix, 2, suffix, vocabulary))
    const { rows, cost } = await model().generate({
      canvas,
      sampler: samplerSchema.parse({ type: 'ar' }),
      seed: 2,
    })
    const counts = new Float64Array(9)
    for (const { tokens, finish } of rows) {
      expect([...tokens.subarray(0, 3), ...tokens.subarray(5), finish]).toEqual([
        ...prefix,
        ...suffix,
        'length',
      ])
      counts[rowNumber(tokens.slice(3, 5), 3)] += 1
    }
    expect(Math.abs(chiSquareScore(counts, p))).toBeLessThan(4.5)
    // BOS, three sentinels and five given tokens are read at once.
    expect(cost).toMatchObject({ forwards: 2, tokenPositions: n * (9 + 1) })
  })

  it('is the same with and without a cache, prefix first and suffix first, among prompts', async () => {
    const canvas = [
      ...Array.from({ length: 40 }, () => gapCanvas(prefix, 8, suffix, vocabulary)),
      gapCanvas(prefix, 10, new Int32Array(0), vocabulary),
      gapCanvas(new Int32Array(0), 11, suffix, vocabulary),
    ]
    const written = async (settings: object): Promise<string> => {
      const sampler = samplerSchema.parse({ type: 'ar', ...settings })
      const { rows } = await model().generate({ canvas, sampler, seed: 9 })
      return rows.map(({ tokens }) => tokens.join('')).join(' ')
    }
    const psm = await written({})
    expect(await written({ cache: false })).toBe(psm)
    expect(await written({ infill: 'psm' })).toBe(psm)
    const spm = await written({ infill: 'spm' })
    expect(spm).not.toBe(psm)
    expect(await written({ infill: 'spm', cache: false })).toBe(spm)
    // A prompt has no order.
    expect(spm.split(' ')[40]).toBe(psm.split(' ')[40])
  })

  it('is read and scored in the order that training had more of', async () => {
    const request = {
      canvas: Array.from({ length: 40 }, () => gapCanvas(prefix, 8, suffix, vocabulary)),
      sampler: samplerSchema.parse({ type: 'ar' }),
      seed: 9,
    }
    const written = async (fimSpm: number, infill?: 'spm'): Promise<string> => {
      const sampler = {
        ...request.sampler,
        ...(infill !== undefined && { infill }),
      } as typeof request.sampler
      const { rows } = await livelyModel({ fimRate: 0.5, fimSpm }).generate({ ...request, sampler })
      return rows.map(({ tokens }) => tokens.join('')).join(' ')
    }
    expect(await written(1)).toBe(await written(0, 'spm'))
    expect(await written(1)).not.toBe(await written(0))
    const p = async (fimSpm: number): Promise<number[]> => conditional(livelyModel({ fimRate: 0.5, fimSpm }))
    expect(await p(0.5)).toEqual(await p(0))
    expect(await p(1)).not.toEqual(await p(0))
  })

  it('trains its gap alone, behind both sides', async () => {
    const m = livelyModel({ fimRate: 0.5, fimSpm: 0 })
    const tokens = Int32Array.of(...filled[5], ...filled[7])
    const batch = { tokens, given: Uint8Array.of(...given, ...given), batch: 2, length: 7 }
    const [loss] = await read(m.loss(batch, context))
    const p = await conditional(m)
    expect(loss).toBeCloseTo(-(Math.log(p[5]) + Math.log(p[7])) / 4, 4)
  })

  it('has to be one, and to leave room for the sentinels', async () => {
    const sampler = samplerSchema.parse({ type: 'ar' })
    const two = gapCanvas(prefix, 2, suffix, vocabulary)
    two.frozen[6] = 0
    await expect(model().generate({ canvas: [two], sampler, seed: 1 })).rejects.toThrow(
      /row 0 has free positions in more than one place/,
    )
    const long = gapCanvas(prefix, 9, suffix, vocabulary)
    await expect(model().generate({ canvas: [long], sampler, seed: 1 })).rejects.toThrow(
      /canvas length 14 leaves no room for the 3 sentinels .* context 16; shorten it to 13/,
    )
    const rows = [new Int32Array(14)]
    const flags = [Uint8Array.from({ length: 14 }, (_, i) => (i === 4 ? 0 : 1))]
    await expect(model().logLikelihood(rows, { given: flags })).rejects.toThrow(
      /row 0 has 14 tokens around a gap; .* scores 1 to 13/,
    )
    expect(() => model().loss({ tokens: rows[0], given: flags[0], batch: 1, length: 14 }, context)).toThrow(
      /take 17 with their sentinels, and the model's context is 16/,
    )
  })

  it('needs a vocabulary with sentinels', () => {
    const options = autoregressiveOptionsSchema.parse({ fimRate: 0.1 })
    const config = { backbone: smallBackbone, vocabulary: plainVocabulary(3), options, rng: createRng(1) }
    expect(() => createAutoregressive(config)).toThrow(/options\.fimRate needs a tokenizer/)
  })
})

describe('the loss', () => {
  const tokens = Int32Array.from({ length: 24 }, (_, i) => (i * 5 + (i >> 2)) % 3)
  const batch = { tokens, batch: 2, length: 12 }

  it('adds the mean of what the draft heads lose, by its weight', async () => {
    const lossOf = async (options: object): Promise<number> =>
      (await read(livelyModel(options).loss(batch, context)))[0]
    const main = await lossOf({})
    const [half, whole] = [
      await lossOf({ draftHeads: 2, draftWeight: 0.5 }),
      await lossOf({ draftHeads: 2, draftWeight: 1 }),
    ]
    expect(await lossOf({ draftHeads: 2, draftWeight: 0 })).toBeCloseTo(main, 5)
    expect(whole - main).toBeCloseTo(2 * (half - main), 4)
    // About log 3 nats a token each, less what lies beyond the row: (11 + 10)/2 of 12 tokens.
    expect(whole - main).toBeGreaterThan(0.5 * Math.log(3))
    expect(whole - main).toBeLessThan(3 * Math.log(3))
  })

  it('rearranges the share of rows that is asked for, by seed and row', async () => {
    const lossOf = async (fimRate: number, rowOffset = 0): Promise<number> =>
      (await read(livelyModel({ fimRate }).loss(batch, { ...context, rowOffset })))[0]
    expect(await lossOf(1e-9)).toBeCloseTo(await lossOf(0), 5)
    expect(await lossOf(1)).not.toBeCloseTo(await lossOf(0), 3)
    expect(await lossOf(1)).toBe(await lossOf(1))
    expect(await lossOf(1, 2)).not.toBe(await lossOf(1))
  })
})
