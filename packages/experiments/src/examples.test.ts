/** Tasks and example files through training and evaluation, as a user's config names them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ExperimentConfig, experimentConfigSchema, type ModelEntry } from '@trivium/schema'
import { loadCheckpoint } from '@trivium/training/node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadData } from './data.ts'
import { engineOfExperiment } from './engine-choice.ts'
import { runEvaluationJob } from './jobs/evaluate.ts'
import { runLatencyJob } from './jobs/latency.ts'
import { runTrainingJob } from './jobs/train.ts'
import { resolveModel } from './resolve.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'examples-'))
  const lines = Array.from({ length: 300 }, (_, i) =>
    JSON.stringify({ prompt: `${i}>`, answer: i % 2 === 0 ? 'even' : 'odd' }),
  )
  writeFileSync(join(folder, 'parity.jsonl'), lines.join('\n'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const configOf = (changes: object): ExperimentConfig =>
  experimentConfigSchema.parse({
    name: 'x',
    engine: 'wasm',
    dataset: { type: 'task', name: 'copy', options: { length: 3, letters: 4 } },
    model: { depth: 1, width: 32 },
    training: { examples: 3200, batchSize: 32, learningRate: 0.02 },
    evaluation: { samples: 40, temperature: 0, likelihoodRows: 8, latencyRepeats: 2 },
    models: [{ name: 'ar', paradigm: 'autoregressive' }],
    ...changes,
  })

async function trainAndEvaluate(config: ExperimentConfig, entry: ModelEntry = config.models[0]) {
  const engine = await engineOfExperiment(config)
  const directory = join(folder, `${config.dataset.type}-${entry.name}`)
  const { checkpoint, finished } = await runTrainingJob({ config, entry, engine, directory, argv: [] })
  expect(finished).toBe(true)
  const candidate = { name: entry.name, checkpoint }
  const { evaluation, seed } = config
  const measured = await runEvaluationJob({ candidate, evaluation, engine, seed })
  if (measured === null) throw new Error('not stopped')
  return { measured, candidate, engine, manifest: loadCheckpoint(checkpoint).manifest }
}

describe('a task', () => {
  it('is learned to full accuracy, judged by its verifier, and timed on its problems', async () => {
    const config = configOf({})
    const { measured, candidate, engine, manifest } = await trainAndEvaluate(config)
    expect(manifest).toMatchObject({ totalSteps: 100, backbone: { context: 7 }, dataset: { type: 'task' } })
    expect(measured.likelihoods[0]).toMatchObject({ task: 'copy@1', boundType: 'exact', n: 8 })
    const [{ quality, nfe, id }] = measured.points
    expect(quality[0]).toMatchObject({
      name: 'accuracy',
      task: 'copy@1',
      value: 1,
      n: 40,
      parts: { letters: 1 },
    })
    expect(quality[1]).toMatchObject({ name: 'tokens-per-forward', value: 1 })
    expect(nfe).toBe(3)
    expect(measured.samples[0].texts).toHaveLength(16)
    const { evaluation, seed } = config
    const timed = await runLatencyJob({ candidates: [candidate], evaluation, engine, seed })
    expect(timed?.points[id]).toMatchObject([{ batch: 1, tokens: 3 }])

    // On a file in the place of its own test split: every line is asked, and judged by its own answer.
    const write = (name: string, lines: readonly object[]): string => {
      const path = join(folder, name)
      writeFileSync(path, lines.map((line) => JSON.stringify(line)).join('\n'))
      return path
    }
    const on = (data: string) => runEvaluationJob({ candidate, evaluation, engine, seed, data })
    const lines = ['ab', 'bc', 'dd'].map((letters) => ({ prompt: `${letters}>`, answer: letters }))
    const other = await on(write('other.jsonl', lines))
    expect(other?.points[0].quality[0]).toMatchObject({ task: 'file:other.jsonl', n: 3 })
    const long = { prompt: 'abc>', answer: 'abc' }
    await expect(on(write('long.jsonl', [...lines, long]))).rejects.toThrow(
      /long\.jsonl:4: 8 tokens with the end of the answer, more than the context 7/,
    )
    await expect(on(write('torn.jsonl', [{ prompt: 'a>' }]))).rejects.toThrow(
      /torn\.jsonl:1 is not valid: answer/,
    )
    await expect(on(join(folder, 'none.jsonl'))).rejects.toThrow(/none\.jsonl cannot be read/)
  })

  it('renders itself as each paradigm can use it', async () => {
    const sudoku = configOf({ dataset: { type: 'task', name: 'sudoku', options: { size: 4 } } })
    const lengths = async (dataset: object): Promise<number[]> =>
      Promise.all(
        (['autoregressive', 'masked-diffusion'] as const).map(async (paradigm) => {
          const data = await loadData({ dataset: { ...sudoku.dataset, ...dataset } as never }, paradigm)
          return data.kind === 'examples' ? data.examples.length : 0
        }),
      )
    expect(await lengths({})).toEqual([32, 16])
    expect(await lengths({ rendering: 'sequence' })).toEqual([32, 32])
    expect(await lengths({ rendering: 'canvas' })).toEqual([32, 16])
  })
})

describe('an example file', () => {
  it('trains a masked model on pairs of different lengths', async () => {
    const config = configOf({
      dataset: { type: 'examples', path: join(folder, 'parity.jsonl') },
      tokenizer: { type: 'char', alphabet: 'general' },
      training: { examples: 3200, batchSize: 32, learningRate: 0.01 },
      models: [
        {
          name: 'masked',
          paradigm: 'masked-diffusion',
          samplers: [{ type: 'threshold', tau: 0.7, temperature: 0 }],
        },
      ],
    })
    const { measured, manifest } = await trainAndEvaluate(config)
    expect(manifest.tokenizer).toMatchObject({ type: 'char', ends: true })
    expect(measured.likelihoods[0]).toMatchObject({ task: 'file:parity.jsonl', boundType: 'masked-nelbo' })
    const [{ quality }] = measured.points
    // Always one of two words: half right without any knowledge of parity, if answers end where they should.
    expect(quality[0]).toMatchObject({ name: 'accuracy', task: 'file:parity.jsonl' })
    expect(quality[0].value).toBeGreaterThan(0.3)
    expect(measured.samples[0].texts.every((text) => /^\d+>(even|odd)$/.test(text))).toBe(true)
  })
})

describe('bad input', () => {
  it.each([
    [{ dataset: { type: 'task', name: 'sodoku' } }, /no task 'sodoku'/],
    [{ dataset: { type: 'task', name: 'sudoku', options: { size: 5 } } }, /options of task 'sudoku'/],
    [{ model: { depth: 1, width: 32, context: 4 } }, /examples have 7 tokens, more than model\.context 4/],
    [
      { dataset: { type: 'task', name: 'copy', text: { name: 'moby-dick' } } },
      /the task 'copy' needs no text; leave it out/,
    ],
    [{ dataset: { type: 'task', name: 'infill' } }, /task 'infill' cuts its rows from a text/],
    [
      { dataset: { type: 'examples', path: '/nowhere.jsonl' }, tokenizer: { type: 'byte' } },
      /nowhere\.jsonl cannot be read/,
    ],
  ])('%j is told before training', async (changes, message) => {
    const config = configOf(changes)
    await expect(resolveModel(config, config.models[0])).rejects.toThrow(message)
  })

  it.each([
    [{ tokenizer: { type: 'byte' } }, /a task brings its own/],
    [{ dataset: { name: 'sotu' } }, /tokenizer.*|training.examples|text has no examples/],
    [{ training: { length: 5 } }, /length of their own/],
    [{ dataset: { type: 'examples', path: 'x' } }, /is needed unless dataset\.type is task/],
  ])('%j is no experiment', (changes, message) => {
    expect(() => configOf(changes)).toThrow(message)
  })
})
