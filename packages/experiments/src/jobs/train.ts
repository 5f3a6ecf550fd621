/** @file Training one model into a directory: fresh, resumed, or found finished. Runs in this process. */
import { join } from 'node:path'
import { activeEngine, disposeParams, parameterGroups } from '@trivium/engine'
import { type EngineChoice, startEngine } from '@trivium/engine/node'
import { appendJsonLine, lockFolder } from '@trivium/files'
import type { LanguageModel } from '@trivium/language-model'
import { createModel } from '@trivium/models'
import { openTeacher, readManifest, startFrom } from '@trivium/models/node'
import { createRng } from '@trivium/random'
import { type ExperimentConfig, InputError, type Manifest, type ModelEntry, Stopped } from '@trivium/schema'
import {
  type TrainingProgress,
  type TrainingState,
  totalSteps,
  trainModel,
  withAveraged,
} from '@trivium/training'
import { hasCheckpoint, loadCheckpoint, restoreTraining, saveCheckpoint } from '@trivium/training/node'
import { dataSha256, type ExperimentData, loadData, type TokenizerProgress } from '../data.ts'
import { type Origins, originsOf, refuseOtherData, refuseOtherOrigins, tokensBehind } from '../kept-models.ts'
import { bestCheckpoint, lastCheckpoint, metricsFile } from '../model-directory.ts'
import { gatherProvenance } from '../provenance.ts'
import { type ResolvedModel, resolveModel, teacherOf } from '../resolve.ts'
import { openEventLog, type Scalars } from '../tensorboard.ts'
import { trainingRows } from '../training-rows.ts'
import type { Hooks } from './hooks.ts'

export type TrainingJob = {
  readonly config: ExperimentConfig
  readonly entry: ModelEntry
  readonly engine: EngineChoice
  /** Gets checkpoints/last, checkpoints/best and metrics.jsonl. */
  readonly directory: string
  readonly argv: readonly string[]
}
export type TrainingResult = {
  readonly finished: boolean
  readonly checkpoint: string
  readonly step: number
  readonly validation: number | null
}

/** First of the tokenizer, where it has to learn, then of the model. */
export type TrainingJobProgress = TokenizerProgress | TrainingProgress

/**
 * Trains (or goes on) until the budget is spent or `signal` fires; progress goes to metrics.jsonl as well. The checkpoints
 * are locked meanwhile, since a worker whose parent was killed still saves what it has.
 * @throws InputError when another process trains there, or the config or its data cannot be used
 */
export async function runTrainingJob(
  job: TrainingJob,
  hooks: Hooks<TrainingJobProgress> = {},
): Promise<TrainingResult> {
  const lock = lockFolder(join(job.directory, 'checkpoints'))
  try {
    return await train(job, hooks)
  } catch (error) {
    if (!(error instanceof Stopped)) throw error
    const checkpoint = lastCheckpoint(job.directory)
    const step = hasCheckpoint(checkpoint) ? readManifest(checkpoint).step : 0
    return { finished: false, checkpoint, step, validation: null }
  } finally {
    lock.release()
  }
}

async function train(job: TrainingJob, hooks: Hooks<TrainingJobProgress>): Promise<TrainingResult> {
  const resolved = await resolveModel(job.config, job.entry)
  await startEngine(job.engine)
  const data = await loadData(job.config, job.entry.paradigm, hooks.onProgress)
  const { vocabulary } = data.tokenizer
  const place = teacherOf(job.entry)
  const teacher = place === undefined ? undefined : openTeacher(place, resolved, data.tokenizer)
  const model = createModel({ ...resolved, vocabulary, seed: job.config.seed, teacher: teacher?.model })
  if (teacher !== undefined) model.setParams(teacher.weightsFor(model.params))
  const { from } = job.entry
  if (from !== undefined) startFrom(from, model, resolved, data.tokenizer)
  const origins = originsOf(job.entry)
  const resume = restore(job, resolved, model, data, origins)
  const rows = trainingRows(data, {
    batchSize: resolved.training.batchSize,
    length: resolved.length,
    seed: job.config.seed,
  })
  let best = bestOf(job.directory, resume)
  const events = openEventLog(join(job.directory, 'tensorboard'))

  const outcome = await trainModel({
    model,
    config: resolved.training,
    length: resolved.length,
    peakRate: resolved.peakRate,
    batch: (index) => rows.batch(index),
    heldOut: rows.heldOut,
    rng: createRng(job.config.seed).fork('training'),
    resume,
    signal: hooks.signal,
    validate: (signal) => rows.validate(model, signal),
    onProgress(progress) {
      appendJsonLine(metricsFile(job.directory), progress)
      events.scalars(progress.step, scalarsOf(progress))
      hooks.onProgress?.(progress)
    },
    async onCheckpoint(state, validation) {
      const manifest = await describe(job, resolved, data, model, state, validation, origins)
      await saveCheckpoint(lastCheckpoint(job.directory), { manifest, params: model.params, state })
      if (validation !== null && validation < best) {
        best = validation
        await withAveraged(model, state.optimizer, () =>
          saveCheckpoint(bestCheckpoint(job.directory), { manifest, params: model.params, state: null }),
        )
      }
    },
  })
  teacher?.model.dispose()
  return {
    finished: outcome.finished,
    checkpoint: lastCheckpoint(job.directory),
    step: outcome.state.optimizer.step,
    validation: outcome.validation,
  }
}

/** What TensorBoard draws by step. */
const scalarsOf = (progress: TrainingProgress): Scalars => ({
  loss: progress.loss,
  'gradient norm': progress.gradientNorm,
  'learning rate': progress.learningRate,
  'tokens a second': progress.tokensPerSecond,
  ...(progress.validation !== null && { 'validation, bits a character': progress.validation }),
})

/** The validation of checkpoints/best, which a resumed run has to beat; infinite for a new one. */
function bestOf(directory: string, resume: TrainingState | undefined): number {
  const place = bestCheckpoint(directory)
  if (resume === undefined || !hasCheckpoint(place)) return Number.POSITIVE_INFINITY
  return readManifest(place).validation ?? Number.POSITIVE_INFINITY
}

/** Continues from checkpoints/last when it belongs to the same model. */
function restore(
  job: TrainingJob,
  resolved: ResolvedModel,
  model: LanguageModel,
  data: ExperimentData,
  origins: Origins,
): TrainingState | undefined {
  const directory = lastCheckpoint(job.directory)
  if (!hasCheckpoint(directory)) return undefined
  const checkpoint = loadCheckpoint(directory)
  const { manifest } = checkpoint
  refuseOtherData(directory, manifest, dataSha256(data))
  refuseOtherOrigins(directory, manifest, origins)
  if (JSON.stringify(manifest.backbone) !== JSON.stringify(resolved.backbone))
    throw new InputError(`${directory} was trained with another backbone; choose another --out or remove it`)
  if (JSON.stringify(manifest.tokenizer) !== JSON.stringify(data.tokenizer.toJSON()))
    throw new InputError(`${directory} was trained with another tokenizer; choose another --out or remove it`)
  const initial = model.params
  const { params, state } = restoreTraining(initial, checkpoint)
  model.setParams(params)
  disposeParams(initial)
  model.loadProcessState(manifest.process)
  return state
}

async function describe(
  job: TrainingJob,
  resolved: ResolvedModel,
  data: ExperimentData,
  model: LanguageModel,
  state: TrainingState,
  validation: number | null,
  origins: Origins,
): Promise<Omit<Manifest, 'files' | 'numbersSha256'>> {
  return {
    schemaVersion: 1,
    name: job.entry.name,
    paradigm: job.entry.paradigm,
    backbone: resolved.backbone,
    entry: job.entry,
    training: resolved.training,
    dataset: job.config.dataset,
    datasetSha256: dataSha256(data),
    tokenizer: data.tokenizer.toJSON(),
    seed: job.config.seed,
    step: state.optimizer.step,
    totalSteps: totalSteps(resolved.training, resolved.length),
    tokens: state.tokens,
    seconds: state.seconds,
    engine: activeEngine().label,
    process: model.processState(),
    validation,
    parameterGroups: parameterGroups(model.params),
    provenance: {
      ...(await gatherProvenance({
        seeds: [job.config.seed],
        datasetSha256: dataSha256(data),
        engine: activeEngine(),
        argv: job.argv,
      })),
      ...origins,
      startTokens: job.entry.from && tokensBehind(readManifest(job.entry.from)),
    },
  }
}
