import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  evaluationConfigSchema,
  experimentConfigSchema,
  type Manifest,
  maskedOptionsSchema,
  trainingConfigSchema,
} from '@trivium/schema'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { CheckedConfig } from './check.ts'
import { evaluationStage, latencyStage } from './evaluation-stages.ts'
import type { Candidate } from './jobs/evaluate.ts'
import { orientationStage } from './orientation.ts'

let folder = ''
let text = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'stages-'))
  text = join(folder, 'text.txt')
  writeFileSync(text, 'the state of our union is strong '.repeat(100))
})
afterAll(() => rmSync(folder, { recursive: true }))

const options = maskedOptionsSchema.parse({})
const manifest: Manifest = {
  schemaVersion: 1,
  name: 'm',
  paradigm: 'masked-diffusion',
  backbone: {
    depth: 1,
    width: 8,
    heads: 1,
    mlpWidth: 8,
    mlp: 'swiglu',
    convolution: 0,
    context: 16,
    ropeBase: 10_000,
  },
  entry: { name: 'm', paradigm: 'masked-diffusion', options },
  training: trainingConfigSchema.parse({}),
  dataset: { name: 'sotu', view: 'text8' },
  datasetSha256: 'a',
  tokenizer: { type: 'char' },
  seed: 1,
  step: 1,
  totalSteps: 1,
  tokens: 1,
  seconds: 1,
  engine: 'wasm',
  process: {},
  validation: null,
  parameterGroups: {},
  files: { 'model.safetensors': { sha256: 'w', bytes: 1 } },
  provenance: {},
}
let count = 0
function candidateOf(changes: Partial<Manifest> = {}): Candidate {
  const checkpoint = join(folder, `checkpoint-${count++}`)
  mkdirSync(checkpoint)
  writeFileSync(join(checkpoint, 'manifest.json'), JSON.stringify({ ...manifest, ...changes }))
  return { name: 'm', checkpoint }
}
const configOf = (evaluation: object = {}): CheckedConfig => {
  const config = experimentConfigSchema.parse({
    name: 'x',
    dataset: { name: 'file', path: text },
    tokenizer: { type: 'char' },
    models: [{ name: 'm', paradigm: 'masked-diffusion' }],
    evaluation,
  })
  return { ...config, evaluation: { ...config.evaluation, length: 16 } }
}
const context = { engine: () => Promise.reject(new Error('nothing runs here')) }
const keysOf = (candidate: Candidate, config = configOf()): string[] =>
  [
    evaluationStage({ name: 'm', seed: 1, candidate }, config, 16, context),
    latencyStage([candidate], config, context),
  ].map(({ key }) => JSON.stringify(key))

it('is the same for the same weights, wherever they stand', () => {
  expect(keysOf(candidateOf({ seconds: 2, provenance: { cpu: 'x' } }))).toEqual(keysOf(candidateOf()))
})

it.each<[string, Partial<Manifest>]>([
  ['weights', { files: { 'model.safetensors': { sha256: 'x', bytes: 1 } } }],
  ['data', { datasetSha256: 'b' }],
  ['tokenizer', { tokenizer: { type: 'byte' } }],
  ['backbone', { backbone: { ...manifest.backbone, ropeBase: 20_000 } }],
  [
    'options',
    { entry: { ...manifest.entry, options: { ...options, schedule: 'cosine' } } as Manifest['entry'] },
  ],
  ['process state', { process: { knots: [0, 1] } }],
  [
    'samplers',
    {
      entry: {
        ...manifest.entry,
        samplers: [{ type: 'ancestral', steps: 4, temperature: 1 }],
      } as Manifest['entry'],
    },
  ],
])('covers the %s of a candidate', (_, changes) => {
  const [evaluation, latency] = keysOf(candidateOf())
  const [other, slower] = keysOf(candidateOf(changes))
  expect(other).not.toBe(evaluation)
  expect(slower).not.toBe(latency)
})

it('has no part for an evaluation setting at its default', () => {
  const [key] = keysOf(candidateOf())
  expect(keysOf(candidateOf(), configOf({ samples: evaluationConfigSchema.parse({}).samples }))[0]).toBe(key)
  expect(keysOf(candidateOf(), configOf({ samples: 3 }))[0]).not.toBe(key)
})

it('orientation covers the text itself', async () => {
  const key = async (): Promise<string> =>
    JSON.stringify((await orientationStage(configOf(), { characters: 16, scored: candidateOf() })).key)
  const before = await key()
  expect(await key()).toBe(before)
  writeFileSync(text, 'the state of our union is weaker '.repeat(100))
  expect(await key()).not.toBe(before)
})
