import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InputError } from '@trivium/schema'
import { afterAll, expect, it } from 'vitest'
import { loadConfig } from '../config.ts'
import { modelHash8 } from '../identity.ts'
import { loadSweep, type SweepOptions } from './expand.ts'

const folder = mkdtempSync(join(tmpdir(), 'sweep-'))
afterAll(() => rmSync(folder, { recursive: true }))
const path = join(folder, 'x.yaml')
writeFileSync(
  path,
  `name: x
dataset: { name: sotu }
tokenizer: { type: char }
model: { depth: 2 }
training: { tokens: 5000 }
models:
  - { name: ar, paradigm: autoregressive }
  - { name: masked, paradigm: masked-diffusion, training: { batchSize: 8 } }
`,
)
const sweep = (options: SweepOptions): ReturnType<typeof loadSweep> => loadSweep(path, [], options)
const names = (options: SweepOptions): string[] => sweep(options).config.models.map(({ name }) => name)
const message = (options: SweepOptions): string => {
  try {
    sweep(options)
  } catch (error) {
    expect(error).toBeInstanceOf(InputError)
    return (error as Error).message
  }
  throw new Error('it was accepted')
}

it('has a trial for each model and cell, zipped keys in step, the last axis fastest', () => {
  expect(
    names({ grid: ['model.depth=1,2'], zip: ['training.ema=0,0.5', '+training.learningRate=1e-3,0.01'] }),
  ).toEqual([
    'ar-depth-1-ema-0-learningrate-0.001',
    'masked-depth-1-ema-0-learningrate-0.001',
    'ar-depth-1-ema-0.5-learningrate-0.01',
    'masked-depth-1-ema-0.5-learningrate-0.01',
    'ar-depth-2-ema-0-learningrate-0.001',
    'masked-depth-2-ema-0-learningrate-0.001',
    'ar-depth-2-ema-0.5-learningrate-0.01',
    'masked-depth-2-ema-0.5-learningrate-0.01',
  ])
})

it('a trial is the model that an experiment with these settings has, and its text is that experiment', () => {
  const { config, text } = sweep({ grid: ['model.depth=1,2', 'training.batchSize=4,16'], seeds: 3 })
  expect(config.seeds).toEqual([1, 2, 3])
  const one = config.models.find(({ name }) => name === 'ar-depth-1-batchsize-4')
  const alone = loadConfig(path, ['model.depth=1', 'training.batchSize=4']).config
  if (one === undefined) throw new Error('no such trial')
  expect(modelHash8(config, one)).toBe(modelHash8(alone, alone.models[0]))
  // What a model says of its own stays.
  expect(config.models.find(({ name }) => name === 'masked-depth-1-batchsize-4')?.training?.batchSize).toBe(8)
  const written = join(folder, 'expanded.yaml')
  writeFileSync(written, text)
  expect(loadConfig(written).config).toEqual(config)
})

it('a key of one model leaves the others once', () => {
  expect(names({ seeds: 2 })).toEqual(['ar', 'masked'])
  expect(names({ grid: ['+models.masked.training.ema=0,0.9'] })).toEqual([
    'ar',
    'masked-ema-0',
    'masked-ema-0.9',
  ])
})

it('values are YAML, and a name is never a path', () => {
  expect(
    names({ grid: ['+models.ar.samplers=[{type: ar, temperature: 0.5}],[{type: ar}]'] }).slice(0, 3),
  ).toEqual(['ar-samplers-type-ar-temperature-0.5', 'masked', 'ar-samplers-type-ar'])
  for (const name of names({ grid: ['models.ar.name=ar,a1.2'] })) expect(name).not.toMatch(/\.\.|\//)
})

it.each([
  [
    { grid: ['training.tokns=1,2'] },
    /^--grid training\.tokns=1: there is no such key; did you mean 'tokens'/,
  ],
  [{ grid: ['training.tokens'] }, /--grid training\.tokens is no axis; write a\.b=1,2/],
  [{ grid: ['training.tokens='] }, /has no value/],
  [{ grid: ['training.tokens=5,5'] }, /names a value twice/],
  [{ grid: ['training.tokens=5,-5'] }, /^--grid training\.tokens=-5: training\.tokens: -5 is not legal/],
  [{ grid: ['training.tokens=5,6', 'training.tokens=7'] }, /stands there twice/],
  [{ zip: ['training.tokens=5,6', 'training.ema=0'] }, /has 1 values and .* has 2; zipped keys need as many/],
  [{ grid: ['seed=1,2'] }, /a sweep varies model, training, models; seed is the same for all trials/],
  [{ grid: ['../x=1'] }, /is no axis/],
  [{ grid: ['models.ar.name=../../x'] }, /models\.0\.name: "\.\.\/\.\.\/x" is not legal/],
  [{ grid: ['models.rnn.training=1'] }, /models has no entry 'rnn'/],
  [{}, /a sweep varies something/],
  [
    {
      grid: [
        `training.tokens=${Array.from({ length: 200 }, (_, i) => i + 1)}`,
        `training.batchSize=${Array.from({ length: 200 }, (_, i) => i + 1)}`,
      ],
    },
    /40000 cells, more than 10000/,
  ],
] as [SweepOptions, RegExp][])('%j is one line', (options, wanted) => {
  expect(message(options)).toMatch(wanted)
  expect(message(options)).not.toContain('\n')
})
