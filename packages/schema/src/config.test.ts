import { describe, expect, it } from 'vitest'
import { experimentConfigSchema, modelEntrySchema, trainingConfigSchema } from './index.ts'

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
    expect(config.models[0].options).toEqual({})
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
