import { describe, expect, it } from 'vitest'
import {
  type Manifest,
  manifestSchema,
  manifestSchemaVersion,
  maskedOptionsSchema,
  parseInput,
  trainingConfigSchema,
} from './index.ts'

const manifest: Manifest = {
  schemaVersion: manifestSchemaVersion,
  name: 'masked',
  paradigm: 'masked-diffusion',
  backbone: {
    depth: 2,
    width: 64,
    heads: 2,
    mlpWidth: 176,
    mlp: 'swiglu',
    convolution: 8,
    context: 128,
    ropeBase: 10_000,
  },
  entry: { name: 'masked', paradigm: 'masked-diffusion', options: maskedOptionsSchema.parse({}) },
  training: trainingConfigSchema.parse({}),
  dataset: { name: 'sotu', view: 'text8' },
  datasetSha256: 'a'.repeat(64),
  tokenizer: { type: 'char' },
  seed: 1,
  step: 10,
  totalSteps: 20,
  tokens: 20_480,
  seconds: 3.5,
  engine: 'wasm',
  process: { knots: [0, 1] },
  validation: null,
  parameterGroups: { backbone: 100_000 },
  files: { 'model.safetensors': { sha256: 'b'.repeat(64), bytes: 400_000 } },
  provenance: { node: 'v20' },
}
const parse = (value: unknown): Manifest => parseInput(manifestSchema, value, 'runs/x/manifest.json')

describe('manifestSchema', () => {
  it('reads back what was written as JSON', () => {
    expect(parse(JSON.parse(JSON.stringify(manifest)))).toEqual(manifest)
  })

  it('is strict at every level that it knows', () => {
    expect(() => parse({ ...manifest, steps: 10 })).toThrow(
      /^runs\/x\/manifest\.json is not valid: Unrecognized key: "steps"$/,
    )
    expect(() => parse({ ...manifest, backbone: { ...manifest.backbone, layers: 2 } })).toThrow(
      /backbone: .*"layers"$/,
    )
    const file = { sha256: 'b', bytes: 1 }
    expect(() => parse({ ...manifest, files: { 'model.safetensors': { ...file, name: 'x' } } })).toThrow(
      /files\.model\.safetensors: .*"name"$/,
    )
    expect(() => parse({ ...manifest, files: { ...manifest.files, '../x': file } })).toThrow(
      /files: .*"\.\.\/x"$/,
    )
  })

  it('wants options of the entry’s own paradigm', () => {
    const entry = { ...manifest.entry, options: { embeddingDim: 16 } }
    expect(() => parse({ ...manifest, entry })).toThrow(/entry\.options: .*"embeddingDim"$/)
  })

  it.each([
    ['schemaVersion', manifestSchemaVersion + 1],
    ['paradigm', 'score-matching'],
    ['validation', undefined],
    ['step', 1.5],
    ['seconds', Number.NaN],
    ['files', { 'model.safetensors': { sha256: 'b' } }],
    ['files', undefined],
    ['backbone', { ...manifest.backbone, heads: 3 }],
    ['seed', -1],
  ])('refuses %s = %j in one line that names it', (key, value) => {
    expect(() => parse({ ...manifest, [key]: value })).toThrow(
      new RegExp(`^runs/x/manifest\\.json is not valid: ${key}[.:][^\\n]+$`),
    )
  })
})
