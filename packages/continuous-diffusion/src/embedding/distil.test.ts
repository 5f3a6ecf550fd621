import { createRng } from '@trivium/random'
import { continuousOptionsSchema } from '@trivium/schema'
import { describe, expect, it } from 'vitest'
import { drawCorruption } from '../gaussian/corruption.ts'
import { fixedSchedule, uniformSchedule } from '../gaussian/schedules.ts'
import { endpointTexts } from './distil.ts'
import { type Inside, insideOf } from './inside.ts'
import { embeddingSpace } from './space.ts'
import { enumeratedPosterior } from './test-support.ts'

// Rows of four equal tokens: whatever the noise, the walk has to end in one of three texts.
const all = Array.from({ length: 81 }, (_, n) => Int32Array.from([27, 9, 3, 1], (d) => Math.floor(n / d) % 3))
const equal = (row: Int32Array): boolean => row.every((token) => token === row[0])
const schedule = uniformSchedule(-4, 6)
const setUp = (): { teacher: Inside; passes: Float32Array[] } => {
  const exact = enumeratedPosterior(all, (row) => (equal(row) ? 0 : -12), 3, 6)
  const passes: Float32Array[] = []
  const denoiser = {
    ...exact,
    logits: (input: Parameters<typeof exact.logits>[0]) => {
      passes.push(input.gamma.slice())
      return exact.logits(input)
    },
  }
  return { teacher: { space: async () => embeddingSpace(denoiser), schedule }, passes }
}
const options = { ...continuousOptionsSchema.parse({}), embeddingDim: 6, pinnedProbability: 0 }
const batch = {
  tokens: Int32Array.from({ length: 240 }, (_, i) => Math.floor(i / 4) % 3),
  batch: 60,
  length: 4,
}
const context = { rng: createRng(3), rowOffset: 0, totalRows: 60, step: 1, totalSteps: 2 }
const rowsOf = (tokens: Int32Array): Int32Array[] =>
  Array.from({ length: tokens.length / 4 }, (_, b) => tokens.subarray(4 * b, 4 * b + 4))

describe('endpointTexts', () => {
  it('is a text of the language from every noise level, the text itself where there is little noise', async () => {
    const { teacher, passes } = setUp()
    const corruption = drawCorruption(batch, context, schedule, options)
    const texts = await endpointTexts(teacher, batch, corruption, 8)
    expect(passes).toHaveLength(9)
    rowsOf(texts).forEach((row, b) => {
      expect(equal(row), `row ${b}`).toBe(true)
      if (corruption.rowGamma[b] < -1) expect(row).toEqual(rowsOf(batch.tokens)[b])
    })
    // Far out the noise decides, not the text.
    const far = rowsOf(texts).filter((row, b) => corruption.rowGamma[b] > 5 && row[0] !== batch.tokens[4 * b])
    expect(far.length).toBeGreaterThan(0)
    // Each row walks its own way in equal quantiles, and all end at gammaMin.
    passes.forEach((gamma, k) => {
      corruption.rowGamma.forEach((from, b) =>
        expect(gamma[4 * b]).toBeCloseTo(-4 + (from + 4) * (1 - k / 8), 5),
      )
    })
    expect(await endpointTexts(teacher, batch, corruption, 8)).toEqual(texts)
  })

  it('leaves what is given alone, and the rest follows it', async () => {
    const { teacher, passes } = setUp()
    const given = new Uint8Array(240).map((_, i) => (i % 4 === 0 ? 1 : 0))
    const rows = { ...batch, given }
    const corruption = drawCorruption(rows, context, schedule, options)
    const texts = await endpointTexts(teacher, rows, corruption, 4)
    expect(texts).toEqual(batch.tokens)
    for (const gamma of passes) for (let b = 0; b < 60; b++) expect(gamma[4 * b]).toBe(-4)
  })

  it('takes its quantiles from the schedule of the teacher', async () => {
    const { teacher, passes } = setUp()
    const cosine = fixedSchedule('cosine', -4, 6)
    const corruption = drawCorruption(batch, context, cosine, options)
    await endpointTexts({ ...teacher, schedule: cosine }, batch, corruption, 2)
    expect(passes[1][0]).toBeCloseTo(cosine.quantile(cosine.cdf(corruption.rowGamma[0]) / 2), 5)
  })
})

it('other models are no teachers', () => {
  expect(() => insideOf({}, 'options.distil')).toThrow(
    'options.distil wants a continuous model of embeddings',
  )
})
