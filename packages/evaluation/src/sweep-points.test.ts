/**
 * @file Names of sweep points. Ids, labels, settings and hashes stand in kept results and in baselines that a gate reads,
 * so those of today's samplers are pinned to the byte.
 */
import {
  dials,
  type Paradigm,
  paradigms,
  type SamplerConfig,
  samplerSchema,
  samplersFor,
  samplerTable,
  samplerTypes,
} from '@trivium/schema'
import { describe, expect, it } from 'vitest'
import { configHash } from './config-hash.ts'
import { defaultSweepPoints, sweepPoint } from './sweep-points.ts'

const sweepOf = (paradigm: Paradigm, temperature = 1): ReturnType<typeof defaultSweepPoints> =>
  defaultSweepPoints({ paradigm }, { steps: [4, 8, 128], length: 64, temperature })

const linesOf = (points: ReturnType<typeof defaultSweepPoints>): string[] =>
  points.map(({ id, label, setting, sampler }) =>
    [id, label, setting, JSON.stringify(sampler), configHash(sampler)].join(' | '),
  )
const listed = (text: string): string[] => text.trim().split(/\n\s*/)

const pinned = listed(`
  ar | ar | AR | {"type":"ar","temperature":1,"cache":true} | 6e8db02e45c71f27
  low-confidence-4 | low-confidence | S=4 | {"type":"low-confidence","steps":4,"temperature":1} | 9be146dd5b185a59
  low-confidence-8 | low-confidence | S=8 | {"type":"low-confidence","steps":8,"temperature":1} | f366b23efb4803af
  ancestral-4 | ancestral | S=4 | {"type":"ancestral","steps":4,"temperature":1} | 520fbf6166864593
  ancestral-8 | ancestral | S=8 | {"type":"ancestral","steps":8,"temperature":1} | adf625d3fc5cadf4
  ancestral-128 | ancestral | S=128 | {"type":"ancestral","steps":128,"temperature":1} | 0c5cd09608311ac8
  threshold-0.9 | threshold | τ=0.9 | {"type":"threshold","tau":0.9,"temperature":1} | 84c78200509af489
  threshold-0.7 | threshold | τ=0.7 | {"type":"threshold","tau":0.7,"temperature":1} | e01ec7f5d51641aa
  threshold-0.5 | threshold | τ=0.5 | {"type":"threshold","tau":0.5,"temperature":1} | 085355c718ee5e49
  ddim-4 | ddim | S=4 | {"type":"ddim","steps":4,"temperature":1} | faab29550a727fcc
  ddim-8 | ddim | S=8 | {"type":"ddim","steps":8,"temperature":1} | f4c93df6796223c0
  ddim-128 | ddim | S=128 | {"type":"ddim","steps":128,"temperature":1} | 1e9598503a33f50b
  gaussian-ancestral-4 | gaussian-ancestral | S=4 | {"type":"gaussian-ancestral","steps":4,"temperature":1} | 08b5247b393e0a62
  gaussian-ancestral-8 | gaussian-ancestral | S=8 | {"type":"gaussian-ancestral","steps":8,"temperature":1} | 7b92f1bf8defc4d8
  gaussian-ancestral-128 | gaussian-ancestral | S=128 | {"type":"gaussian-ancestral","steps":128,"temperature":1} | baaf8f5c672448f1
`)
const pinnedAtLowTemperature = listed(`
  ar_temperature-0.8 | ar temperature=0.8 | AR | {"type":"ar","temperature":0.8,"cache":true} | 883ea872dc7bc099
  low-confidence-4_temperature-0.8 | low-confidence temperature=0.8 | S=4 | {"type":"low-confidence","steps":4,"temperature":0.8} | c950946f346b9278
  ancestral-4_temperature-0.8 | ancestral temperature=0.8 | S=4 | {"type":"ancestral","steps":4,"temperature":0.8} | 24de1b1180d92029
  threshold-0.9_temperature-0.8 | threshold temperature=0.8 | τ=0.9 | {"type":"threshold","tau":0.9,"temperature":0.8} | 2ef07818ef57ed1b
  ddim-4_temperature-0.8 | ddim temperature=0.8 | S=4 | {"type":"ddim","steps":4,"temperature":0.8} | 4672da6e9e39476f
  gaussian-ancestral-4_temperature-0.8 | gaussian-ancestral temperature=0.8 | S=4 | {"type":"gaussian-ancestral","steps":4,"temperature":0.8} | 0a496e62ebdc677c
`)

describe('the default sweep', () => {
  it('keeps its points to the byte, in their order', () => {
    expect(paradigms.flatMap((paradigm) => linesOf(sweepOf(paradigm)))).toEqual(pinned)
  })

  it('keeps them at another temperature', () => {
    expect(paradigms.flatMap((paradigm) => linesOf(sweepOf(paradigm, 0.8)))).toEqual(
      expect.arrayContaining(pinnedAtLowTemperature),
    )
  })

  it('holds every sampler that the table puts there, each point in the schema and named apart', () => {
    for (const paradigm of paradigms) {
      const points = sweepOf(paradigm)
      const swept = samplersFor({ paradigm }).filter((type) => samplerTable[type].defaultSweep !== null)
      expect([...new Set(points.map(({ sampler }) => sampler.type))]).toEqual(swept)
      expect(new Set(points.map(({ id }) => id)).size).toBe(points.length)
      for (const { sampler } of points) expect(samplerSchema.parse(sampler)).toEqual(sampler)
    }
  })
})

describe('the default sweep of a uniform-state model', () => {
  it('holds what serves it alone', () => {
    const model = { paradigm: 'masked-diffusion', options: { process: 'uniform' } } as const
    expect(defaultSweepPoints(model, { steps: [4, 8], length: 64 }).map(({ id }) => id)).toEqual([
      'uniform-4',
      'uniform-8',
    ])
  })
})

describe('sweepPoint', () => {
  it.each(samplerTypes)('names %s by its dial alone when nothing else is set', (type) => {
    const row = samplerTable[type]
    const sampler = samplerSchema.parse({ type, ...(row.dial === null ? {} : { [row.dial]: 1 }) })
    expect(sweepPoint(sampler)).toEqual(
      row.dial === null
        ? { id: type, label: type, setting: row.setting, sampler }
        : { id: `${type}-1`, label: type, setting: `${dials[row.dial]}=1`, sampler },
    )
  })

  it('names what is not default', () => {
    const point = sweepPoint({ type: 'low-confidence', steps: 4, temperature: 0.7, blockLength: 8 })
    expect(point).toMatchObject({ id: 'low-confidence-4_temperature-0.7_blockLength-8', setting: 'S=4' })
    expect(point.label).toBe('low-confidence temperature=0.7 blockLength=8')
    const greedy: SamplerConfig = { type: 'ar', temperature: 1, topK: 1, cache: true }
    expect(sweepPoint(greedy)).toMatchObject({ id: 'ar_topK-1', label: 'ar topK=1', setting: 'AR' })
  })
})
