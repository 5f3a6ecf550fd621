import { describe, expect, it } from 'vitest'
import {
  defaultSampler,
  InputError,
  maskedOptionsSchema,
  paradigms,
  parseInput,
  parseSamplerOf,
  type SamplerConfig,
  samplerMismatch,
  samplerNeed,
  samplerSchema,
  samplersFor,
  samplersOf,
  samplerTable,
  samplerTypes,
  type TrainedModel,
} from './index.ts'

const parse = (value: unknown): SamplerConfig => parseInput(samplerSchema, value, 'the sampler')

describe('samplerSchema', () => {
  it('fills in the defaults of each sampler and keeps them apart', () => {
    expect(parse({ type: 'ar' })).toEqual({ type: 'ar', temperature: 1, cache: true })
    expect(parse({ type: 'threshold' })).toEqual({ type: 'threshold', tau: 0.9, temperature: 1 })
    for (const type of ['ancestral', 'low-confidence', 'ddim', 'gaussian-ancestral'])
      expect(parse({ type, steps: 8 })).toEqual({ type, steps: 8, temperature: 1 })
  })

  it('gives every sampler the same options of drawing', () => {
    const options = { temperature: 0, topK: 4, topP: 0.9, minP: 0.1, repetitionPenalty: 1.2 }
    for (const type of samplerTypes) {
      const { dial } = samplerTable[type]
      expect(parse({ type, ...(dial === null ? {} : { [dial]: 1 }), ...options })).toMatchObject(options)
    }
  })

  it('reads its own output back: a point of a chart can be rebuilt from its record', () => {
    for (const value of [
      { type: 'ar', topK: 5 },
      { type: 'threshold', blockLength: 4 },
      { type: 'ddim', steps: 2 },
    ])
      expect(parse(parse(value))).toEqual(parse(value))
  })

  it("refuses another sampler's keys", () => {
    expect(() => parse({ type: 'ddim', steps: 4, tau: 0.9 })).toThrow(/^the sampler is not valid: .*"tau"$/)
    expect(() => parse({ type: 'ar', steps: 4 })).toThrow(/"steps"$/)
    expect(() => parse({ type: 'uniform', steps: 4, blockLength: 2 })).toThrow(/"blockLength"$/)
    expect(() => parse({ type: 'uniform', steps: 4, guidance: 1 })).toThrow(/"guidance"$/)
    expect(() => parse({ type: 'threshold', steps: 4 })).toThrow(/"steps"$/)
  })

  it('lists the samplers when the type is unknown or missing', () => {
    expect(() => parse({ type: 'ddmi', steps: 4 })).toThrow(
      /^the sampler is not valid: type: .*'ddim'.*, got "ddmi"$/,
    )
    expect(() => parse({ steps: 4 })).toThrow(/type: .*'ar' \| .*'ancestral'/)
  })

  it.each([
    [{ type: 'ddim' }, /steps/],
    [{ type: 'ddim', steps: 0 }, /steps: .*got 0$/],
    [{ type: 'ddim', steps: 2.5 }, /steps/],
    [{ type: 'ar', temperature: -1 }, /temperature: .*got -1$/],
    [{ type: 'ddim', steps: 4, temperature: Number.POSITIVE_INFINITY }, /temperature/],
    [{ type: 'ar', repetitionPenalty: 0 }, /repetitionPenalty: .*got 0$/],
    [{ type: 'ancestral', steps: 4, topP: 0 }, /topP: .*got 0$/],
    [{ type: 'ar', topP: 0 }, /topP: .*got 0$/],
    [{ type: 'ar', topP: 1.5 }, /topP: .*got 1.5$/],
    [{ type: 'ar', topK: 0 }, /topK/],
    [{ type: 'ar', minP: -0.1 }, /minP/],
    [{ type: 'ar', cache: 'yes' }, /cache: .*boolean/],
    [{ type: 'threshold', tau: 0 }, /tau: .*got 0$/],
    [{ type: 'threshold', tau: Number.NaN }, /tau: .*NaN/],
    [{ type: 'threshold', tau: 1.5 }, /tau: .*got 1.5$/],
    [{ type: 'threshold', blockLength: 0 }, /blockLength: .*got 0$/],
    [{ type: 'threshold', blockLength: 4, cache: 'suffix' }, /^the sampler is not valid: cache: /],
    [{ type: 'threshold', guidance: -1 }, /guidance: .*got -1$/],
    [{ type: 'entropy-bound', gamma: -0.1 }, /gamma: .*got -0.1$/],
    [{ type: 'factor', factor: 0 }, /factor: .*got 0$/],
    [{ type: 'edit', tauEdit: 1.1 }, /tauEdit: .*got 1.1$/],
    [{ type: 'remask', steps: 4, eta: 2 }, /eta: .*got 2$/],
    [{ type: 'uniform', steps: 4, kappa: -1 }, /kappa: .*got -1$/],
    [{ type: 'uniform', steps: 4, settle: -1 }, /settle: .*got -1$/],
  ])('refuses %j', (value, message) => {
    expect(() => parse(value)).toThrow(message)
  })
})

describe('samplerTable', () => {
  it.each(samplerTypes)('%s: its dial and its sweep are settings that its schema knows', (type) => {
    const row = samplerTable[type]
    const at = (value: number): SamplerConfig => parse({ type, [row.dial as string]: value })
    if (row.dial === null) expect(parse({ type }).type).toBe(type)
    else
      for (const value of Array.isArray(row.defaultSweep) ? row.defaultSweep : [1])
        expect(at(value)).toHaveProperty(row.dial, value)
    expect(row.paper ?? '0000.00000').toMatch(/\d{4}\.\d{4,5}/)
    expect(row.meaning).toMatch(/NFE/)
    expect(row.meaning).not.toMatch(/\n/)
  })

  it('gives every paradigm samplers, every sampler one paradigm, and a default to `sample`', () => {
    expect(paradigms.flatMap(samplersOf).toSorted()).toEqual(samplerTypes.toSorted())
    for (const paradigm of paradigms)
      expect(samplersOf(paradigm)).toContain(defaultSampler({ paradigm }).type)
    expect(paradigms.map((paradigm) => defaultSampler({ paradigm }))).toEqual([
      { type: 'ar', temperature: 1, cache: true },
      { type: 'ancestral', steps: 64, temperature: 1 },
      { type: 'gaussian-ancestral', steps: 64, temperature: 1 },
    ])
  })
})

describe('parseSamplerOf', () => {
  it('fills in defaults and refuses the samplers of other paradigms, naming its own', () => {
    for (const paradigm of paradigms)
      for (const type of samplerTypes) {
        const read = (): unknown => parseSamplerOf(paradigm, { type, steps: 2 })
        const { dial } = samplerTable[type]
        if (dial !== 'steps') expect(read).toThrow(/steps/)
        else if (samplersOf(paradigm).includes(type))
          expect(read()).toMatchObject({ type, steps: 2, temperature: 1 })
        else expect(read).toThrow(InputError)
      }
    expect(() => parseSamplerOf('masked-diffusion', { type: 'ddim', steps: 4 })).toThrow(
      `the sampler 'ddim' belongs to continuous-diffusion; masked-diffusion has ${samplersOf('masked-diffusion').join(', ')}`,
    )
  })

  it('refuses what is no sampler', () => {
    expect(() => parseSamplerOf('autoregressive', { type: 'ar', topP: 2 })).toThrow(/topP/)
    expect(() => parseSamplerOf('autoregressive', { type: 'constructor' })).toThrow(/'ar' \|/)
  })
})

describe('what a sampler needs of a model', () => {
  const model = (options: object): TrainedModel => ({
    paradigm: 'masked-diffusion',
    options: maskedOptionsSchema.parse(options),
  })

  it('keeps it from models that were trained otherwise, with the option to train with', () => {
    expect(samplerMismatch('ancestral', model({}))).toBeNull()
    expect(samplerMismatch('ancestral', model({ process: 'uniform' }))).toBe(
      'needs a model trained with options.process: absorbing',
    )
    expect(samplersFor(model({}))).toContain('threshold')
    expect(samplersFor(model({ process: 'uniform' }))).not.toContain('threshold')
    expect(samplerNeed('ar')).toBeNull()
    expect(() =>
      parseSamplerOf('masked-diffusion', { type: 'threshold' }, model({ process: 'uniform' }).options),
    ).toThrow("the sampler 'threshold' needs a model trained with options.process: absorbing")
  })

  it('does not matter where only the paradigm is known', () => {
    for (const type of samplersOf('masked-diffusion'))
      expect(samplerMismatch(type, { paradigm: 'masked-diffusion' })).toBeNull()
  })
})
