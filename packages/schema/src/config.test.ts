import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { experimentConfigSchema, modelEntrySchema, parseInput, trainingConfigSchema } from './index.ts'

const experiment = {
  name: 'x',
  dataset: { name: 'sotu' },
  tokenizer: { type: 'char' },
  models: [{ name: 'ar', paradigm: 'autoregressive' }],
}

describe('experiment config', () => {
  it('fills in defaults', () => {
    const config = experimentConfigSchema.parse(experiment)
    expect(config.training.batchSize).toBe(16)
    expect(config.dataset).toMatchObject({ view: 'text8' })
    expect(config.models[0].options).toEqual({
      draftHeads: 0,
      draftWeight: 0.3,
      fimRate: 0,
      fimSpm: 0.5,
    })
  })

  it('leaves an override block as it was written, so that the shared block shows through', () => {
    const entry = modelEntrySchema.parse({ name: 'm', paradigm: 'masked-diffusion', training: { tokens: 5 } })
    expect(entry.training).toEqual({ tokens: 5 })
    expect(() =>
      modelEntrySchema.parse({ name: 'm', paradigm: 'masked-diffusion', training: { token: 5 } }),
    ).toThrow(/token/)
    expect(() =>
      modelEntrySchema.parse({ name: 'm', paradigm: 'masked-diffusion', training: { tokens: 0 } }),
    ).toThrow()
    expect(trainingConfigSchema.parse({}).tokens).toBeGreaterThan(0)
  })

  it('refuses a name that is used twice and a file dataset without a path', () => {
    expect(() =>
      experimentConfigSchema.parse({ ...experiment, models: [...experiment.models, ...experiment.models] }),
    ).toThrow(/'ar' is used twice/)
    expect(() => experimentConfigSchema.parse({ ...experiment, dataset: { name: 'file' } })).toThrow(/path/)
  })
})

describe('the numbers of an experiment', () => {
  type Shape = { [key: string]: unknown }
  /** Every number below a JSON Schema, with its path. */
  function numbersOf(shape: unknown, path: string): [string, Shape][] {
    if (typeof shape !== 'object' || shape === null) return []
    const here = shape as Shape
    const own: [string, Shape][] = here.type === 'number' || here.type === 'integer' ? [[path, here]] : []
    return [...own, ...Object.entries(here).flatMap(([key, value]) => numbersOf(value, `${path}.${key}`))]
  }

  it('say both of their ends, all of them', () => {
    const all = numbersOf(z.toJSONSchema(experimentConfigSchema, { io: 'input' }), '')
    expect(all.length).toBeGreaterThan(80)
    const isBounded = (shape: Shape): boolean =>
      ['minimum', 'exclusiveMinimum'].some((key) => key in shape) &&
      ['maximum', 'exclusiveMaximum'].some((key) => key in shape)
    expect(all.filter(([, shape]) => !isBounded(shape)).map(([path]) => path)).toEqual([])
  })

  it.each([
    ['beta1', [0, 0.999], [1, -0.1, Number.NaN]],
    ['beta2', [0, 0.99999], [1]],
    ['ema', [0, 0.9999], [1]],
    ['learningRate', [1e-9, 1], [0, 1e-320, 1.1, Number.POSITIVE_INFINITY]],
    ['clipNorm', [1e-6, 1e9], [0, 1e-320, Number.POSITIVE_INFINITY]],
    ['warmup', [0, 1], [-0.1, 1.1]],
    ['batchSize', [1, 65_536], [0, 0.5, 1e9]],
  ])('training.%s has the extremes that it says', (key, legal, illegal) => {
    const reads = (value: number): boolean => trainingConfigSchema.safeParse({ [key]: value }).success
    expect(legal.filter((value) => !reads(value))).toEqual([])
    expect(illegal.filter(reads)).toEqual([])
  })

  it('hold noise levels in their order', () => {
    const options = { gammaMin: 6, gammaMax: -4 }
    const entry = { name: 'c', paradigm: 'continuous-diffusion', options }
    expect(() => parseInput(modelEntrySchema, entry, 'x')).toThrow(
      /options\.gammaMax: it must lie above gammaMin/,
    )
  })
})
