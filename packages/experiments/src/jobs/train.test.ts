import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { isLocked, lockFolder } from '@trivium/files'
import { freeCanvas } from '@trivium/language-model'
import { openModel } from '@trivium/models/node'
import { experimentConfigSchema, InputError, RuntimeFailure } from '@trivium/schema'
import { loadCheckpoint, manifestSha256 } from '@trivium/training/node'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { checkExperiment } from '../check.ts'
import { compare } from '../compare.ts'
import { configuredSha256, loadData } from '../data.ts'
import { engineOfExperiment } from '../engine-choice.ts'
import { modelHash8 } from '../identity.ts'
import { checkKeptModels, findKeptModels, takeKeptModels, tokensBehind } from '../kept-models.ts'
import { isTrained, lastCheckpoint, modelDirectory } from '../model-directory.ts'
import { openRun } from '../runs.ts'
import { runTrainingJob, type TrainingJob, type TrainingJobProgress } from './train.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'training-job-'))
  writeFileSync(join(folder, 'text.txt'), 'the state of our union is strong '.repeat(100))
})
afterAll(() => rmSync(folder, { recursive: true }))

async function jobOf(name: string, changes: object = {}): Promise<TrainingJob> {
  const config = experimentConfigSchema.parse({
    name: 'x',
    engine: 'wasm',
    dataset: { name: 'file', path: join(folder, 'text.txt') },
    tokenizer: { type: 'char' },
    model: { depth: 1, width: 16, context: 16 },
    training: { tokens: 640, batchSize: 4, checkpointEverySteps: 3, evalEverySteps: 4 },
    models: [{ name: 'ar', paradigm: 'autoregressive' }],
    ...changes,
  })
  const engine = await engineOfExperiment(config)
  return { config, engine, entry: config.models[0], directory: join(folder, name), argv: ['test'] }
}

it('keeps the best checkpoint, and a resumed run has to beat it', async () => {
  const job = await jobOf('best')
  const stop = new AbortController()
  const half = await runTrainingJob(job, {
    signal: stop.signal,
    onProgress: (progress) => 'step' in progress && progress.step === 5 && stop.abort(),
  })
  expect([half.finished, half.step, isTrained(job.directory)]).toEqual([false, 5, false])
  const best = join(job.directory, 'checkpoints', 'best')
  expect(loadCheckpoint(best).manifest).toMatchObject({ step: 4, validation: half.validation })
  expect(loadCheckpoint(lastCheckpoint(job.directory)).manifest).toMatchObject({ step: 5, validation: null })

  // Nothing beats 0 bits a character.
  const path = join(best, 'manifest.json')
  const beaten = { ...JSON.parse(readFileSync(path, 'utf8')), validation: 0 }
  writeFileSync(path, JSON.stringify({ ...beaten, numbersSha256: manifestSha256(beaten) }))
  const whole = await runTrainingJob(job)
  expect([whole.finished, whole.step, isTrained(job.directory)]).toEqual([true, 10, true])
  expect(loadCheckpoint(best).manifest).toMatchObject({ step: 4, validation: 0 })
})

it('does not train where a worker whose parent was killed still saves', async () => {
  const job = await jobOf('locked')
  const orphan = lockFolder(join(job.directory, 'checkpoints'))
  await expect(runTrainingJob(job)).rejects.toThrow(/is working in .*checkpoints/)
  orphan.release()
  expect((await runTrainingJob(job)).finished).toBe(true)
})

it('stopped in a validation it goes on from the checkpoint before, to the same weights', async () => {
  const weights = (job: TrainingJob): string[] =>
    [lastCheckpoint(job.directory), join(job.directory, 'checkpoints', 'best')].map(
      (at) => loadCheckpoint(at).manifest.files['model.safetensors'].sha256,
    )
  const [job, whole] = [await jobOf('half'), await jobOf('whole')]
  // The loop looks before each of the steps 1 … 4; the fifth look is that of the validation of step 4.
  let looks = 0
  const stop = new AbortController()
  const signal = new Proxy(stop.signal, {
    get(target, key) {
      if (key === 'aborted' && ++looks === 5) stop.abort()
      const value = Reflect.get(target, key)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  const half = await runTrainingJob(job, { signal })
  expect([half.finished, half.step]).toEqual([false, 3])
  expect((await runTrainingJob(job)).finished).toBe(true)
  await runTrainingJob(whole)
  expect(weights(job)).toEqual(weights(whole))
})

it('tells how far a tokenizer has learned before it tells of steps', async () => {
  const job = await jobOf('bpe', { tokenizer: { type: 'bpe', vocabSize: 266 } })
  const seen: TrainingJobProgress[] = []
  await runTrainingJob(job, { onProgress: (progress) => seen.push(progress) })
  expect(seen[0]).toEqual({ merges: 0, totalMerges: 10 })
  expect(seen.findLast((progress) => 'merges' in progress)).toEqual({ merges: 10, totalMerges: 10 })
  const firstStep = seen.findIndex((progress) => 'step' in progress)
  expect(seen.slice(firstStep).every((progress) => 'step' in progress)).toBe(true)
  expect(firstStep).toBeGreaterThan(2)
})

it('stops where its numbers are lost, with the step named, and the last finite checkpoint stays', async () => {
  // Legal and hopeless: a decay of 10 at a rate of 1 multiplies every matrix by -9 in each step.
  const training = {
    tokens: 64 * 60,
    batchSize: 4,
    learningRate: 1,
    weightDecay: 10,
    warmup: 0,
    finalRate: 1,
  }
  const job = await jobOf('lost', {
    training: { ...training, checkpointEverySteps: 5, evalEverySteps: 1000 },
  })
  const failure: unknown = await runTrainingJob(job).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(RuntimeFailure)
  const { message } = failure as Error
  const [, step] = /(?:of|after) step (\d+)/.exec(message) ?? []
  expect(message).toMatch(/not finite.*lower training\.learningRate/)
  const last = loadCheckpoint(lastCheckpoint(job.directory))
  expect(last.manifest.step).toBe(5 * Math.floor((Number(step) - 1) / 5))
  expect(last.manifest.step).toBeGreaterThan(0)
  expect(readFileSync(join(job.directory, 'metrics.jsonl'), 'utf8')).not.toContain('"loss":null')
})

it('a student begins with the weights of its teacher, says whose they were, and goes on with no other', async () => {
  const masked = (options: object = {}): object => ({
    models: [{ name: 'masked', paradigm: 'masked-diffusion', options }],
  })
  const teacher = (await runTrainingJob(await jobOf('teacher', masked()))).checkpoint
  const taught = masked({ distil: { teacher, steps: 4 } })
  const stop = new AbortController()
  const half = await runTrainingJob(await jobOf('student', taught), {
    signal: stop.signal,
    onProgress: (progress) => 'step' in progress && progress.step === 1 && stop.abort(),
  })
  expect(half.step).toBe(1)
  const [first, own] = [loadCheckpoint(half.checkpoint), loadCheckpoint(teacher)]
  // One step of warm-up from the teacher's weights, not from new ones, whose head is zero.
  const head = (at: typeof own): number[] => [...(at.weights['head.weight'].values as Float32Array)]
  const distance = Math.hypot(...head(first).map((x, i) => x - head(own)[i]))
  expect(distance).toBeLessThan(0.5 * Math.hypot(...head(own)))
  expect(first.manifest.provenance.teacherSha256).toBe(own.manifest.files['model.safetensors'].sha256)

  const other = (await runTrainingJob(await jobOf('other', { ...masked(), seed: 2 }))).checkpoint
  const elsewhere = masked({ distil: { teacher: other, steps: 4 } })
  await expect(runTrainingJob(await jobOf('student', elsewhere))).rejects.toThrow(
    /learnt from a teacher of other weights; restore that teacher/,
  )
  expect(await runTrainingJob(await jobOf('student', taught))).toMatchObject({ finished: true, step: 10 })
  // Finished, it is still held against its teacher.
  const { config, directory } = await jobOf('student', elsewhere)
  const run = join(directory, 'run')
  cpSync(join(directory, 'checkpoints'), join(modelDirectory(run, 'masked'), 'checkpoints'), {
    recursive: true,
  })
  await expect(checkKeptModels(config, run)).rejects.toThrow(/teacher of other weights/)
  await checkKeptModels((await jobOf('student', taught)).config, run)

  const wide = { ...taught, model: { depth: 1, width: 32, context: 16 } }
  await expect(runTrainingJob(await jobOf('wide', wide))).rejects.toThrow(
    /teacher .* has another backbone than its student/,
  )
})

it('begins with the weights of another model, says whose and how much those had read, and goes on with no other', async () => {
  const masked = (entry: object = {}): object => ({
    models: [{ name: 'masked', paradigm: 'masked-diffusion', ...entry }],
  })
  const first = (await runTrainingJob(await jobOf('first', masked()))).checkpoint
  const tuned = masked({ from: first, options: { visibleNoise: 0.2 } })
  const job = await jobOf('tuned', tuned)
  const stop = new AbortController()
  const half = await runTrainingJob(job, {
    signal: stop.signal,
    onProgress: (progress) => 'step' in progress && progress.step === 1 && stop.abort(),
  })
  const [own, origin] = [loadCheckpoint(half.checkpoint), loadCheckpoint(first)]
  const head = (at: typeof own): number[] => [...(at.weights['head.weight'].values as Float32Array)]
  const distance = Math.hypot(...head(own).map((w, i) => w - head(origin)[i]))
  expect(distance).toBeLessThan(0.5 * Math.hypot(...head(origin)))
  const { provenance, tokens } = own.manifest
  expect(provenance).toMatchObject({
    startSha256: origin.manifest.files['model.safetensors'].sha256,
    startTokens: origin.manifest.tokens,
  })
  expect(tokensBehind(own.manifest)).toBe(tokens + origin.manifest.tokens)

  const other = (await runTrainingJob(await jobOf('first-of-2', { ...masked(), seed: 2 }))).checkpoint
  const elsewhere = await jobOf('tuned', masked({ from: other, options: { visibleNoise: 0.2 } }))
  await expect(runTrainingJob(elsewhere)).rejects.toThrow(/began with other weights; restore the checkpoint/)
  expect(await runTrainingJob(job)).toMatchObject({ finished: true, step: 10 })
  expect(modelHash8(job.config, job.config.models[0])).not.toBe(
    modelHash8(elsewhere.config, elsewhere.config.models[0]),
  )

  const start = async (changes: object): Promise<unknown> =>
    checkExperiment((await jobOf('refused', { ...tuned, ...changes })).config)
  await expect(start({ model: { depth: 1, width: 32, context: 16 } })).rejects.toThrow(
    /has another backbone than the model 'masked' that begins with its weights/,
  )
  await expect(start({ models: [{ name: 'ar', paradigm: 'autoregressive', from: first }] })).rejects.toThrow(
    /is masked-diffusion, the model 'ar' that begins with its weights autoregressive/,
  )
  await expect(
    runTrainingJob(await jobOf('bytes', { ...tuned, tokenizer: { type: 'byte' } })),
  ).rejects.toThrow(/has another tokenizer than the model that begins with its weights/)
  await expect(
    jobOf('both', masked({ from: first, options: { distil: { teacher: first } } })),
  ).rejects.toThrow(/a student begins with the weights of its teacher; leave it out/)
})

it('goes on with the text that it began with, and with no other', async () => {
  const path = join(folder, 'replaced.txt')
  const text = 'the state of our union is strong '.repeat(100)
  writeFileSync(path, text)
  const dataset = { name: 'file', path }
  const job = await jobOf('replaced/models/ar', { dataset })
  const stop = new AbortController()
  await runTrainingJob(job, {
    signal: stop.signal,
    onProgress: (progress) => 'step' in progress && progress.step === 5 && stop.abort(),
  })
  const began = loadCheckpoint(lastCheckpoint(job.directory)).manifest.datasetSha256
  writeFileSync(path, text.replaceAll('strong', 'weaker'))
  const run = dirname(dirname(job.directory))
  const begin = [
    () => runTrainingJob(job),
    () => checkKeptModels(job.config, run),
    () => compare({ config: job.config, directory: run, argv: [] }),
  ]
  for (const failing of begin) {
    const failure: unknown = await failing().catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(InputError)
    const [, was, is] =
      /^[^\n]*trained on other data \(sha256 (\w+)…\) than stand here now \((\w+)…\); [^\n]*--fresh/.exec(
        (failure as Error).message,
      ) ?? []
    expect(was).toBe(began.slice(0, 12))
    expect(is).toMatch(/^[0-9a-f]{12}$/)
    expect(is).not.toBe(was)
  }
  expect(loadCheckpoint(lastCheckpoint(job.directory)).manifest.step).toBe(5)
  writeFileSync(path, text)
  await checkKeptModels(job.config, run)
  expect((await runTrainingJob(job)).finished).toBe(true)

  // Another run of the experiment takes the finished model over; on another text, or of other settings, it does not.
  openRun({ path: 'x.yaml', text: '', config: job.config }, { out: run })
  const next = join(dirname(run), 'next')
  const third = { ...job.entry, name: 'third' }
  const more = { ...job.config, models: [job.entry, third] } as typeof job.config
  const kept = await findKeptModels(more, next, {})
  expect(kept).toEqual([{ name: 'ar', run }])
  expect(await findKeptModels(more, next, { fresh: true })).toEqual([])
  expect(await findKeptModels({ ...more, seed: 2 }, next, {})).toEqual([])
  // Whoever takes it over works there already.
  const lock = lockFolder(modelDirectory(next, 'ar'))
  takeKeptModels(kept, next)
  expect(isLocked(modelDirectory(next, 'ar'))).toBe(true)
  lock.release()
  const [from, to] = [run, next].map((place) => lastCheckpoint(modelDirectory(place, 'ar')))
  expect(loadCheckpoint(to).manifest).toEqual(loadCheckpoint(from).manifest)
  expect(await findKeptModels(more, next, {})).toEqual([])
  writeFileSync(path, text.replaceAll('strong', 'weaker'))
  expect(await findKeptModels(more, join(dirname(run), 'third'), {})).toEqual([])
})

it('checks the content that a config pins, and names what it found', async () => {
  const { config } = await jobOf('pinned')
  const sha256 = await configuredSha256(config.dataset, 'autoregressive')
  const pinned = (pin: string): Promise<unknown> =>
    checkExperiment({ ...config, dataset: { ...config.dataset, sha256: pin } as typeof config.dataset })
  await pinned(sha256)
  await expect(pinned('a'.repeat(64))).rejects.toThrow(
    `dataset.sha256 pins ${'a'.repeat(64)}, but the data here have ${sha256}; `,
  )
  const task = { type: 'task', name: 'addition', options: {}, sha256: 'b'.repeat(64) } as const
  for (const paradigm of ['autoregressive', 'masked-diffusion'] as const) {
    const failure = await loadData({ dataset: task }, paradigm).catch((error: Error) => error.message)
    const [, found] = /the data here have (\w{64})/.exec(failure as string) ?? []
    // One pin for every rendering.
    await loadData({ dataset: { ...task, sha256: found } }, 'masked-diffusion')
  }
})

it('refuses a reference that was trained on another text, before anything runs', async () => {
  const job = await jobOf('reference/models/ar')
  const { checkpoint } = await runTrainingJob(job)
  const references = [{ name: 'old', checkpoint }]
  await checkExperiment({ ...job.config, references })
  const path = join(folder, 'elsewhere.txt')
  writeFileSync(path, 'what another text has to say of it '.repeat(100))
  const dataset = { ...job.config.dataset, path } as typeof job.config.dataset
  await expect(checkExperiment({ ...job.config, dataset, references })).rejects.toThrow(
    /^reference 'old' \([^\n]*\) was trained on file\/text8 \(sha256 \w{12}…\), this experiment is about [^\n]*; leave the reference out/,
  )
})

it('a continuous student learns from a continuous teacher of its own options alone', async () => {
  const continuous = (options: object = {}): object => ({
    models: [{ name: 'continuous', paradigm: 'continuous-diffusion', options }],
  })
  const teacher = (await runTrainingJob(await jobOf('gaussian-teacher', continuous()))).checkpoint
  const taught = (options: object = {}): object => continuous({ distil: { teacher, steps: 2 }, ...options })
  const { checkpoint, finished } = await runTrainingJob(await jobOf('gaussian-student', taught()))
  expect(finished).toBe(true)
  const [student, own] = [loadCheckpoint(checkpoint), loadCheckpoint(teacher)]
  expect(student.manifest.provenance.teacherSha256).toBe(own.manifest.files['model.safetensors'].sha256)
  expect(student.manifest.process).toEqual(own.manifest.process)
  expect(student.weights.embedding.values).toEqual(own.weights.embedding.values)
  const { model } = openModel(checkpoint)
  const sampler = { type: 'renoise', steps: 2, temperature: 1 } as const
  const { rows } = await model.generate({ canvas: [freeCanvas(8, model.vocabulary)], sampler, seed: 1 })
  expect(rows[0].finish).toBe('length')

  for (const options of [
    { embeddingDim: 8 },
    { selfConditioning: 0 },
    { gammaMax: 5 },
    { placePosterior: true },
  ])
    await expect(runTrainingJob(await jobOf('gaussian-wrong', taught(options)))).rejects.toThrow(
      /teacher .* is no continuous model of embeddings with its student's embeddingDim, schedule, gammaMin, gammaMax, selfConditioning and placePosterior/,
    )
})
