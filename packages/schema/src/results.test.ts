import { describe, expect, it } from 'vitest'
import {
  type Latency,
  latencySchema,
  type Metric,
  metricSchema,
  parseInput,
  pointSchema,
  type Results,
  resultsSchema,
  resultsSchemaVersion,
} from './index.ts'

const metric: Metric = {
  task: 'likelihood@1',
  name: 'bits-per-character',
  value: 2.1,
  ci95: [2.0, 2.2],
  stderr: 0.05,
  n: 64,
  unit: 'bits/char',
  higherIsBetter: false,
  boundType: 'masked-nelbo',
}
const latency: Latency = {
  batch: 1,
  tokens: 128,
  n: 8,
  p50: 90,
  p90: null,
  ci95: [88, 95],
  msFirstToken: 12,
  tokensPerSecond: 1422,
}
const point = {
  id: 'masked-s16',
  model: 'masked',
  sampler: { type: 'low-confidence', steps: 16, temperature: 1 },
  samplerLabel: 'low-confidence',
  setting: 'S=16',
  configHash: 'abcd1234',
  nfe: 16,
  tokenPositions: 2048,
  quality: [metric],
  latency: [latency],
} as const
const results: Results = {
  schemaVersion: resultsSchemaVersion,
  name: 'demo',
  createdAt: '2025-01-01T00:00:00Z',
  wallSeconds: 60,
  provenance: {
    trivium: '0.1.0',
    gitSha: null,
    gitDirty: null,
    lockfileSha256: null,
    node: 'v20',
    platform: 'linux-x64',
    cpu: 'a cpu',
    cores: 2,
    memoryGiB: 8,
    engine: 'wasm',
    engineThreads: 1,
    seeds: [1],
    datasetSha256: 'a'.repeat(64),
    argv: ['compare'],
  },
  dataset: { name: 'sotu', view: 'text8', trainCharacters: 9, testCharacters: 1, heldOut: 'the last years' },
  models: [],
  metrics: [{ ...metric, model: 'masked' }],
  nGramBits: [{ order: 3, bitsPerCharacter: 2.5 }],
  points: [{ ...point, quality: [metric], latency: [latency] }],
  baselines: [{ id: 'held-out', label: 'held-out text', kind: 'held-out', quality: [metric] }],
  training: [
    { model: 'masked', points: [{ step: 1, tokens: 2048, seconds: 1, loss: 3.2, validation: null }] },
  ],
  samples: [{ model: 'masked', point: 'masked-s16', texts: ['the fox'] }],
  notes: [],
}
const parse = (value: unknown): Results => parseInput(resultsSchema, value, 'results.json')

describe('resultsSchema', () => {
  it('reads back what was written as JSON', () => {
    expect(parse(JSON.parse(JSON.stringify(results)))).toEqual(results)
  })

  it('tells how the engine was chosen, and reads files of version 1, which do not', () => {
    const size = { width: 128, length: 128, batch: 16, threads: null }
    const figures = [{ candidate: 'wasm+blas', label: 'wasm+openblas', trainMs: 90, forwardMs: 3 }]
    const calibration = { ...size, figures, failures: [{ candidate: 'native', reason: 'half-installed' }] }
    const engineChoice = { how: 'measured', use: 'training', calibration }
    const provenance = { ...results.provenance, engineChoice }
    expect(parse({ ...results, provenance }).provenance).toEqual(provenance)
    for (const version of [1, 2])
      expect(parse({ ...results, schemaVersion: version }).schemaVersion).toBe(version)
    const guessed = { ...engineChoice, how: 'guessed' }
    expect(() => parse({ ...results, provenance: { ...provenance, engineChoice: guessed } })).toThrow(
      /engineChoice\.how/,
    )
  })

  it('refuses another version and names the one it reads', () => {
    const next = resultsSchemaVersion + 1
    expect(() => parse({ ...results, schemaVersion: next })).toThrow(
      `results.json is not valid: schemaVersion: Invalid option: expected one of 1|2|${resultsSchemaVersion}, got ${next}`,
    )
  })

  it('is strict down to a metric and names the path', () => {
    const quality = [{ ...metric, units: 'bits' }]
    expect(() => parse({ ...results, points: [{ ...point, quality }] })).toThrow(
      /^results\.json is not valid: points\.0\.quality\.0: Unrecognized key: "units"$/,
    )
    expect(() => parse({ ...results, provenance: { ...results.provenance, host: 'x' } })).toThrow(
      /provenance: .*"host"$/,
    )
  })

  it('a metric of a model names its model; one of a point must not', () => {
    expect(() => parse({ ...results, metrics: [metric] })).toThrow(/metrics\.0\.model/)
    expect(() => metricSchema.parse({ ...metric, model: 'masked' })).toThrow(/model/)
  })

  it('has no number without its n, and none that is not finite', () => {
    const { n: _, ...bare } = metric
    expect(() => metricSchema.parse(bare)).toThrow(/"n"/)
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => metricSchema.parse({ ...metric, value })).toThrow(/value/)
    expect(() => metricSchema.parse({ ...metric, boundType: 'elbo' })).toThrow(/boundType/)
  })

  it('wants what may be missing to be null, not absent', () => {
    const { p90: _, ...bare } = latency
    expect(() => latencySchema.parse(bare)).toThrow(/p90/)
    expect(latencySchema.parse(latency).p90).toBeNull()
  })

  it('a point holds a sampler that can be run again', () => {
    const sampler = { type: 'low-confidence', temperature: 1 }
    expect(() => pointSchema.parse({ ...point, sampler })).toThrow(/steps/)
    expect(pointSchema.parse(point).sampler).toEqual(point.sampler)
  })
})
