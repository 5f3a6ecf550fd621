import { describe, expect, it } from 'vitest'
import { parseInput, type SamplerConfig, samplerSchema } from './index.ts'

const parse = (value: unknown): SamplerConfig => parseInput(samplerSchema, value, 'the sampler')

describe('samplerSchema', () => {
  it('fills in the defaults of each sampler and keeps them apart', () => {
    expect(parse({ type: 'ar' })).toEqual({ type: 'ar', temperature: 1, repetitionPenalty: 1, cache: true })
    expect(parse({ type: 'threshold' })).toEqual({ type: 'threshold', tau: 0.9, temperature: 1 })
    for (const type of ['ancestral', 'low-confidence', 'ddim', 'gaussian-ancestral'])
      expect(parse({ type, steps: 8 })).toEqual({ type, steps: 8, temperature: 1 })
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
    expect(() => parse({ type: 'ancestral', steps: 4, blockLength: 2 })).toThrow(/"blockLength"$/)
    expect(() => parse({ type: 'threshold', steps: 4 })).toThrow(/"steps"$/)
  })

  it('lists the samplers when the type is unknown or missing', () => {
    expect(() => parse({ type: 'ddmi', steps: 4 })).toThrow(
      /^the sampler is not valid: type: .*'ddim'.*, got "ddmi"$/,
    )
    expect(() => parse({ steps: 4 })).toThrow(/type: .*'ar' \| 'ancestral'/)
  })

  it.each([
    [{ type: 'ddim' }, /steps/],
    [{ type: 'ddim', steps: 0 }, /steps: .*got 0$/],
    [{ type: 'ddim', steps: 2.5 }, /steps/],
    [{ type: 'ar', temperature: 0 }, /temperature: .*got 0$/],
    [{ type: 'ar', topP: 0 }, /topP: .*got 0$/],
    [{ type: 'ar', topP: 1.5 }, /topP: .*got 1.5$/],
    [{ type: 'ar', topK: 0 }, /topK/],
    [{ type: 'ar', minP: -0.1 }, /minP/],
    [{ type: 'ar', cache: 'yes' }, /cache: .*boolean/],
    [{ type: 'threshold', tau: 0 }, /tau: .*got 0$/],
    [{ type: 'threshold', tau: Number.NaN }, /tau: .*NaN/],
  ])('refuses %j', (value, message) => {
    expect(() => parse(value)).toThrow(message)
  })
})
