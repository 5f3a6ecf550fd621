/** @file Every row of the table of samplers has an implementation, in its paradigm and in no other. */
import { startEngine } from '@trivium/engine/node'
import { freeCanvas, type LanguageModel } from '@trivium/language-model'
import {
  type BackboneConfig,
  modelEntrySchema,
  type Paradigm,
  paradigms,
  type SamplerConfig,
  type SamplerNeed,
  samplerSchema,
  samplerTable,
  samplerTypes,
} from '@trivium/schema'
import { beforeAll, describe, expect, it } from 'vitest'
import { createModel } from './index.ts'

const vocabulary = { size: 9, textSize: 5, mask: 5, bos: 6, eos: 7, pad: 8 }
const backbone: BackboneConfig = {
  depth: 1,
  width: 8,
  heads: 1,
  mlpWidth: 8,
  mlp: 'swiglu',
  convolution: 0,
  context: 6,
  ropeBase: 10_000,
}
const models = new Map<Paradigm, LanguageModel>()
/** Options of models that serve what not every model of the paradigm does. */
const optionsOf: Readonly<Record<SamplerNeed, object>> = {
  masks: {},
  'uniform noise': { process: 'uniform' },
  'wrong visible tokens': { visibleNoise: 0.2 },
  'draft heads': { draftHeads: 2 },
}
const modelOf = (paradigm: Paradigm, need?: SamplerNeed): LanguageModel => {
  const options = need === undefined ? {} : optionsOf[need]
  const entry = modelEntrySchema.parse({ name: 'model', paradigm, options })
  return createModel({ entry, backbone, vocabulary, seed: 1 })
}

beforeAll(async () => {
  await startEngine('cpu')
  for (const paradigm of paradigms) models.set(paradigm, modelOf(paradigm))
})

describe.each(samplerTypes)('%s', (type) => {
  const { dial, paradigm: own, needs } = samplerTable[type]
  const sampler: SamplerConfig = samplerSchema.parse({ type, ...(dial === null ? {} : { [dial]: 1 }) })
  const generate = (paradigm: Paradigm): ReturnType<LanguageModel['generate']> =>
    (paradigm === own ? modelOf(own, needs) : (models.get(paradigm) as LanguageModel)).generate({
      canvas: [freeCanvas(4, vocabulary), freeCanvas(4, vocabulary)],
      sampler,
      seed: 1,
    })

  it('writes whole rows of text with models of its paradigm', async () => {
    const { rows, cost } = await generate(own)
    expect(rows).toHaveLength(2)
    for (const { tokens } of rows)
      for (const token of tokens) {
        expect(token).toBeGreaterThanOrEqual(0)
        expect(token).toBeLessThan(vocabulary.textSize)
      }
    expect(cost.forwards).toBeGreaterThan(0)
  })

  it('tells the log-probability of each token, or refuses', async () => {
    const request = { canvas: [freeCanvas(4, vocabulary)], sampler, seed: 1, logprobs: 5 }
    const generation = modelOf(own, needs).generate(request)
    if (own === 'continuous-diffusion') return expect(generation).rejects.toThrow(/logprobs are not known/)
    const [{ logprobs = [], tokens }] = (await generation).rows
    for (const [i, at] of logprobs.entries()) {
      expect(at?.top.find(({ token }) => token === tokens[i])?.logprob).toBe(at?.logprob)
      expect(at?.top.reduce((sum, { logprob }) => sum + Math.exp(logprob), 0)).toBeCloseTo(1, 5)
    }
  })

  it.each(paradigms.filter((paradigm) => paradigm !== own))('is refused by %s models', async (paradigm) => {
    await expect(generate(paradigm)).rejects.toThrow(
      `the sampler '${type}' belongs to ${own}; ${paradigm} has `,
    )
  })
})
