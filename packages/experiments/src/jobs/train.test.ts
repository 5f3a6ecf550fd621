import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { experimentConfigSchema, RuntimeFailure } from '@trivium/schema'
import { loadCheckpoint } from '@trivium/training/node'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { engineOfExperiment } from '../engine-choice.ts'
import { isTrained, lastCheckpoint } from '../model-directory.ts'
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
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), validation: 0 }))
  const whole = await runTrainingJob(job)
  expect([whole.finished, whole.step, isTrained(job.directory)]).toEqual([true, 10, true])
  expect(loadCheckpoint(best).manifest).toMatchObject({ step: 4, validation: 0 })
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
  const taught = masked({ distil: { teacher, steps: 4, window: 2 } })
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
  const elsewhere = masked({ distil: { teacher: other, steps: 4, window: 2 } })
  await expect(runTrainingJob(await jobOf('student', elsewhere))).rejects.toThrow(
    /learnt from a teacher of other weights; choose another --out or remove it/,
  )
  expect(await runTrainingJob(await jobOf('student', taught))).toMatchObject({ finished: true, step: 10 })
  const wide = { ...taught, model: { depth: 1, width: 32, context: 16 } }
  await expect(runTrainingJob(await jobOf('wide', wide))).rejects.toThrow(
    /teacher .* has another backbone than its student/,
  )
})
