/** Models of a text that answer problems cut from it: what they are shown, what that gives, and which are refused. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadDataset } from '@trivium/corpus/node'
import { readManifest } from '@trivium/models/node'
import { createRng } from '@trivium/random'
import { type ExperimentConfig, experimentConfigSchema, type SamplerConfig } from '@trivium/schema'
import { tokenizerFromJSON } from '@trivium/tokenizer'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkExperiment } from './check.ts'
import { compare } from './compare.ts'
import { engineOfExperiment } from './engine-choice.ts'
import { runEvaluationJob } from './jobs/evaluate.ts'
import { runLatencyJob } from './jobs/latency.ts'
import { runTrainingJob } from './jobs/train.ts'
import { problemSet, problemsBySampler } from './problems.ts'
import { rescoreRun } from './rescore.ts'
import { writeRecord } from './run-record.ts'
import { checkHeldOutAlike, loadTextTask, type TextTask, textTaskOf } from './text-reference.ts'

const length = 48
let folder = ''
let text = ''
/** By name: folders of trained models. */
const checkpoints: Record<string, string> = {}

/** Which of p and q stands in a word is seen behind it alone: `xpm` or `xqn`. */
const words = (n: number, seed: number): string =>
  Array.from({ length: n }, (_, i) => (createRng(seed).fork(i).uniform() < 0.5 ? 'xpm' : 'xqn')).join('')

const textAt = (name: string): string => join(folder, name)

async function train(name: string, changes: object): Promise<void> {
  const config = experimentConfigSchema.parse({
    name: 'text',
    engine: 'wasm',
    dataset: { name: 'file', path: textAt('text.txt') },
    tokenizer: { type: 'char' },
    model: { depth: 1, width: 16, context: length + 3 },
    training: { tokens: 8 * (length + 3), batchSize: 8, learningRate: 0.02 },
    models: [{ name, paradigm: 'autoregressive' }],
    ...changes,
  })
  const engine = await engineOfExperiment(config)
  const directory = join(folder, name)
  const entry = config.models[0]
  checkpoints[name] = (await runTrainingJob({ config, entry, engine, directory, argv: [] })).checkpoint
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'text-reference-'))
  text = `X${words(5000, 1)}`
  writeFileSync(textAt('text.txt'), text)
  writeFileSync(textAt('other.txt'), words(5000, 2))
  await train('ar', { training: { tokens: 8 * (length + 3) * 120, batchSize: 8, learningRate: 0.02 } })
  await train('masked', { models: [{ name: 'masked', paradigm: 'masked-diffusion' }] })
  await train('fim', { models: [{ name: 'fim', paradigm: 'autoregressive', options: { fimRate: 0.5 } }] })
  await train('bytes', { tokenizer: { type: 'byte' } })
}, 60_000)
afterAll(() => rmSync(folder, { recursive: true }))

const infill = (options: object = {}, text: object = {}) => ({
  type: 'task',
  name: 'infill',
  options: { length, gaps: [1], ...options },
  text: { name: 'file', path: textAt('text.txt'), ...text },
})
const asked = (name: string, samplers?: object[], changes: object = {}): ExperimentConfig =>
  experimentConfigSchema.parse({
    name: 'asked',
    engine: 'wasm',
    dataset: infill(),
    evaluation: { samples: 60, likelihoodRows: 24, likelihoodDraws: 4, latencyRepeats: 1 },
    references: [{ name, checkpoint: checkpoints[name], ...(samplers && { samplers }) }],
    ...changes,
  })
const greedy = { type: 'ar', temperature: 0 }
const bestOf = { type: 'best-of', candidates: 16, temperature: 1 }

function trained(name: string) {
  const checkpoint = checkpoints[name]
  const manifest = readManifest(checkpoint)
  return { checkpoint, manifest, tokenizer: tokenizerFromJSON(manifest.tokenizer, name) }
}

describe('problems of a text', () => {
  const task = (): TextTask => asked('ar').dataset as TextTask

  it('are held out for the model too, and the same for all', async () => {
    const {
      train: seen,
      validation,
      test,
    } = await loadDataset({ name: 'file', path: textAt('text.txt'), view: 'text8' })
    const sets = await Promise.all(
      ['ar', 'masked'].map(
        async (name) => problemSet(await loadTextTask(task(), trained(name)), 40).problems,
      ),
    )
    expect(sets[0]).toEqual(sets[1])
    const { tokenizer } = trained('ar')
    for (const { tokens, given } of sets[0]) {
      const passage = tokenizer.decode(tokens)
      expect([seen, validation, test].map((split) => split.includes(passage))).toEqual([false, false, true])
      expect(given.indexOf(0)).toBeGreaterThan(0)
      expect(given.at(-1)).toBe(1)
    }
  })

  it('are shown up to their gap to what reads from left to right, and whole to what does not', async () => {
    const shown = async (name: string, sampler: Pick<SamplerConfig, 'type'>, options = {}) => {
      const asking = { ...task(), options: { length, gaps: [1], ...options } }
      const data = await loadTextTask(asking, trained(name))
      const [{ given }] = problemsBySampler(data, 1)(sampler).problems
      return given.at(-1) === 0
    }
    expect(await shown('ar', { type: 'ar' })).toBe(true)
    expect(await shown('ar', { type: 'best-of' })).toBe(false)
    expect(await shown('fim', { type: 'ar' })).toBe(false)
    expect(await shown('masked', { type: 'random' })).toBe(false)
    expect(await shown('masked', { type: 'random' }, { sides: 'left' })).toBe(true)
  })
})

describe('answers of a model of text', () => {
  it('know by the left side what it tells, and by candidates what the right one does', async () => {
    const directory = join(folder, 'run')
    const config = asked('ar', [greedy, bestOf])
    writeRecord(directory, config)
    const outcome = await compare({ config, directory, argv: [], timing: false })
    if (!outcome.finished) throw new Error('not stopped')
    const { points, models, metrics, notes } = outcome.results
    const accuracy = points.map(({ quality }) => quality.find(({ name }) => name === 'accuracy'))
    // Of every six gaps one is a p or q that is guessed wrong behind the left side.
    expect(accuracy[0]?.value).toBeGreaterThan(0.7)
    expect(accuracy[0]?.value).toBeLessThan(0.93)
    expect(accuracy[1]).toMatchObject({ value: 1, n: 60, task: 'infill@1' })
    expect(points[0].nfe).toBe(1)
    expect(points.map(({ quality }) => quality.some(({ name }) => name === 'judge-gap'))).toEqual([
      true,
      true,
    ])
    // A bit for every p or q, nothing for what the left side tells.
    expect(metrics[0]).toMatchObject({ boundType: 'exact', task: 'infill@1', n: 24 })
    expect(metrics[0].value).toBeGreaterThan(0.1)
    expect(metrics[0].value).toBeLessThan(0.7)
    expect(models[0]).toMatchObject({ group: 'reference', dataset: 'file/text8' })
    expect(notes.join('\n')).toMatch(/Trained on the text file\/text8, .* and not to the task: ar\./)
    expect(notes.join('\n')).toMatch(/\(ar\) is shown the left side alone/)
    expect(notes.join('\n')).not.toMatch(/unconditional/)

    const again = await rescoreRun(directory, { argv: [] })
    if (!again.finished) throw new Error('not stopped')
    expect(again.results.points).toEqual(points)
    expect(again.results.metrics).toEqual(metrics)
  }, 60_000)

  it('do not depend on the rows beside them, and are timed on the same problems', async () => {
    const engine = await engineOfExperiment(asked('ar'))
    const { dataset, evaluation, seed } = asked('ar', [greedy], { dataset: infill({ gaps: [1, 2, 4] }) })
    const candidate = {
      name: 'ar',
      checkpoint: checkpoints.ar,
      samplers: [greedy as SamplerConfig],
      task: dataset as TextTask,
    }
    const written = async (batchSize: number) => {
      const measured = await runEvaluationJob({
        candidate,
        evaluation: { ...evaluation, batchSize },
        engine,
        seed,
      })
      return { rows: measured?.written[0].rows, bits: measured?.likelihoods[0].value ?? Number.NaN }
    }
    const [one, many] = [await written(1), await written(16)]
    expect(many.rows).toEqual(one.rows)
    expect(many.bits).toBeCloseTo(one.bits, 5)
    const timed = await runLatencyJob({
      candidates: [{ ...candidate, samplers: [greedy, { ...bestOf, candidates: 2 }] as SamplerConfig[] }],
      evaluation: { ...evaluation, latencyBatches: [1, 3] },
      engine,
      seed,
    })
    const batches = Object.values(timed?.points ?? {}).map((each) => each.map(({ batch }) => batch))
    expect(batches).toEqual([
      [1, 3],
      [1, 3],
    ])
  }, 60_000)
})

describe('checkExperiment', () => {
  const refuse = (config: ExperimentConfig, message: RegExp): Promise<void> =>
    expect(checkExperiment(config)).rejects.toThrow(message)

  it('takes models of the text, whatever their paradigm, where their form serves', async () => {
    for (const name of ['ar', 'masked', 'fim']) await checkExperiment(asked(name))
    await checkExperiment(
      asked('masked', undefined, { dataset: { ...infill(), name: 'correction', options: { length } } }),
    )
  })

  it('refuses a model of another text or view, and one whose text has changed', async () => {
    await refuse(
      asked('ar', undefined, { dataset: infill({}, { path: textAt('other.txt') }) }),
      /reference 'ar' .* was trained on file\/text8 \(sha256 \w{12}…\), this experiment is about infill, cut from file\/text8 \(\w{12}…\): .* of the same data or text$/,
    )
    await refuse(
      asked('ar', undefined, { dataset: infill({ alphabet: 'general' }, { view: 'general' }) }),
      /was trained on file\/text8 .* cut from file\/general/,
    )
    const sudoku = { dataset: { type: 'task', name: 'sudoku', options: { size: 4 } } }
    await refuse(
      asked('ar', undefined, sudoku),
      /this experiment is about sudoku \(sequence\) .* of the same data$/,
    )
    writeFileSync(textAt('text.txt'), `${text}xpm`)
    try {
      await refuse(asked('ar'), /reference 'ar' .* was trained on file\/text8 /)
    } finally {
      writeFileSync(textAt('text.txt'), text)
    }
  })

  it('refuses problems that have no form for a model, and samplers that would not do what they say', async () => {
    const correction = { dataset: { ...infill(), name: 'correction', options: { length } } }
    for (const name of ['ar', 'fim'])
      await refuse(
        asked(name, undefined, correction),
        /reference '\w+' \(.*\): autoregression that was trained on text has no form for correction@1/,
      )
    await refuse(
      asked('masked', undefined, { dataset: { ...infill(), name: 'edit', options: {} } }),
      /task 'edit' has no rendering 'canvas'/,
    )
    await refuse(asked('bytes'), /has "\w" as token \d+, which the tokenizer 'byte' of the model has not/)
    await refuse(
      asked('ar', [bestOf], { dataset: infill({ sides: 'left' }) }),
      /'best-of' chooses by what stands behind the gap, which infill@1 hides/,
    )
    await refuse(
      asked('fim', undefined, { dataset: infill({ length: length + 1 }) }),
      /have 49 tokens and 3 sentinels, more than the context 51; set dataset.options.length to at most 48/,
    )
  })

  it('refuses a model that has read what the task holds out', async () => {
    const whole = await loadDataset({ name: 'file', path: textAt('text.txt'), view: 'text8' })
    checkHeldOutAlike(whole, { ...whole, name: 'other' })
    const [from, rest] = [whole.test.slice(0, 60), whole.test.slice(60)]
    const wider = { ...whole, name: 'wider', validation: whole.validation + from, test: rest }
    expect(() => checkHeldOutAlike(whole, wider)).toThrow(/the same characters, split in other places/)
  })

  it('leaves models of the task itself as they are', () => {
    const { manifest } = trained('ar')
    const { dataset } = asked('ar')
    expect(textTaskOf(dataset, manifest)).toEqual(dataset)
    expect(textTaskOf(dataset, { dataset })).toBeNull()
    expect(textTaskOf(manifest.dataset, manifest)).toBeNull()
  })
})
