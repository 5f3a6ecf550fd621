import { type ExperimentConfig, experimentConfigSchema } from '@trivium/schema'
import { expect, it } from 'vitest'
import { configHash8, modelHash8, modelHashes } from './identity.ts'

const ar = { name: 'ar', paradigm: 'autoregressive' }
const masked = { name: 'masked', paradigm: 'masked-diffusion' }
const config = (changes: object = {}): ExperimentConfig =>
  experimentConfigSchema.parse({
    name: 'x',
    dataset: { name: 'sotu' },
    tokenizer: { type: 'char' },
    models: [ar, masked],
    ...changes,
  })
const first = modelHashes(config())

it('is of the model alone: others, evaluation and words change nothing', () => {
  const third = { name: 'third', paradigm: 'continuous-diffusion' }
  expect(modelHashes(config({ models: [ar, masked, third] }))).toMatchObject(first)
  const apart = { evaluation: { samples: 3 }, description: 'words', jobs: 2 }
  expect(configHash8(config(apart))).toBe(configHash8(config()))
  const samplers = [{ type: 'ancestral', steps: 4 }]
  expect(modelHashes(config({ models: [ar, { ...masked, samplers }] }))).toEqual(first)
  expect(configHash8(config({ models: [masked, ar] }))).toBe(configHash8(config()))
})

it('changes with its own settings, and with the shared ones that it uses', () => {
  const wide = modelHashes(config({ models: [{ ...ar, model: { width: 64 } }, masked] }))
  expect(wide.ar).not.toBe(first.ar)
  expect(wide.masked).toBe(first.masked)
  const own = { ...ar, training: { batchSize: 16 } }
  const shared = modelHashes(config({ training: { batchSize: 8 }, models: [own, masked] }))
  expect(shared.ar).toBe(first.ar)
  expect(shared.masked).not.toBe(first.masked)
})

it('is one for each training seed, alike whether the seed stands alone or not', () => {
  const seeds = modelHashes(config({ seeds: [1, 2] }))
  expect(seeds).toMatchObject({ 'ar@1': first.ar, 'masked@1': first.masked })
  expect(seeds['ar@2']).toBe(modelHashes(config({ seed: 2 })).ar)
})

it.each([
  ['seed', { seed: 2 }],
  ['engine', { engine: 'wasm' }],
  ['threads', { threads: 2 }],
  ['dataset', { dataset: { name: 'moby-dick' } }],
  ['view', { dataset: { name: 'sotu', view: 'raw' } }],
  ['tokenizer', { tokenizer: { type: 'byte' } }],
  ['model', { model: { depth: 3 } }],
  ['training', { training: { ema: 0 } }],
])('covers %s', (_, changes) => {
  const other = modelHashes(config(changes))
  expect(other.ar).not.toBe(first.ar)
  expect(other.masked).not.toBe(first.masked)
})

it('has no part for what is at its default, or for a pin', () => {
  const options = config().models[1].options
  const written = { ...masked, options: { ...options } }
  const said = { type: 'text', name: 'sotu', view: 'text8', sha256: 'a'.repeat(64) }
  const training = { ...config().training }
  expect(modelHashes(config({ models: [ar, written], dataset: said, training }))).toEqual(first)
})

it('covers the version of the numbers that the code gives', () => {
  const [entry] = config().models
  expect(modelHash8(config(), entry, 1)).toBe(first.ar)
  expect(modelHash8(config(), entry, 2)).not.toBe(first.ar)
})
