/**
 * @file The main job: train what is not cached, evaluate, time, write results. Every stage leaves
 * its result in the run directory, so an interrupted run goes on where it stopped and a finished one costs seconds.
 */
import { join } from 'node:path'
import type { EngineChoice } from '@trivium/engine/node'
import { readJsonIfWhole, writeAtomically, writeJson } from '@trivium/files'
import { readManifest } from '@trivium/models/node'
import type { ExperimentConfig, ModelEntry, Results } from '@trivium/schema'
import { z } from 'zod'
import { assembleResults, measureOrientation, type Orientation, orientationSchema } from './assemble.ts'
import { type CheckedConfig, checkExperiment } from './check.ts'
import { engineOfExperiment } from './engine-choice.ts'
import {
  type Candidate,
  type EvaluationProgress,
  type ModelEvaluation,
  modelEvaluationSchema,
} from './evaluation-job.ts'
import { keep, readKept } from './kept.ts'
import { type LatencyResult, latencyResultSchema } from './latency-job.ts'
import { type PoolTask, runPool } from './pool.ts'
import { isTrained, lastCheckpoint, type TrainingJobProgress, type TrainingResult } from './training-job.ts'

export type CompareHooks = {
  /** A stage begins: its name and how many parts are left to do. */
  onStage?: (stage: 'train' | 'evaluate' | 'latency' | 'report', left: number) => void
  onTraining?: (model: string, progress: TrainingJobProgress) => void
  onEvaluation?: (model: string, progress: EvaluationProgress) => void
  /** The line of a measurement, or a warning. */
  log?: (line: string) => void
  signal?: AbortSignal
}
export type CompareOptions = {
  config: ExperimentConfig /** the run directory */
  directory: string
  argv: readonly string[]
}
export type CompareOutcome = { finished: false } | { finished: true; results: Results }

export async function compare(
  { config: given, directory, argv }: CompareOptions,
  hooks: CompareHooks = {},
): Promise<CompareOutcome> {
  const started = performance.now()
  const { config } = await checkExperiment(given)
  const modelDirectory = (entry: ModelEntry): string => join(directory, 'models', entry.name)
  // On the first stage that has work to do: a finished run needs no engine.
  let chosen: Promise<EngineChoice> | null = null
  const engine: Engine = () => {
    chosen ??= engineOfExperiment(config, hooks.log)
    return chosen
  }
  if (!(await trainAll(config, modelDirectory, engine, argv, hooks))) return { finished: false }

  const candidates: (Candidate & { group: string })[] = [
    ...config.references.map((r) => ({ ...r, group: 'reference' })),
    ...config.models.map((entry) => ({
      name: entry.name,
      checkpoint: lastCheckpoint(modelDirectory(entry)),
      group: 'fresh',
    })),
  ]
  const evaluations = await evaluateAll(config, directory, engine, candidates, hooks)
  if (evaluations === null) return { finished: false }
  const latency = await timeAll(config, directory, engine, candidates, hooks)
  if (latency === null) return { finished: false }

  hooks.onStage?.('report', 1)
  const orientation = await orient(config, directory)
  const results = await assembleResults({
    config,
    candidates,
    evaluations,
    latency,
    orientation,
    modelDirectory,
    argv,
    wallSeconds: wallSeconds(directory, started),
  })
  writeAtomically(join(directory, 'results.json'), `${JSON.stringify(results, null, 1)}\n`)
  writeJson(join(directory, 'provenance.json'), results.provenance)
  return { finished: true, results }
}

type Engine = () => Promise<EngineChoice>

/** Trains every model that has not spent its budget; false when interrupted. */
async function trainAll(
  config: ExperimentConfig,
  modelDirectory: (entry: ModelEntry) => string,
  engine: Engine,
  argv: readonly string[],
  hooks: CompareHooks,
): Promise<boolean> {
  const left = config.models.filter((entry) => !isTrained(modelDirectory(entry)))
  if (left.length === 0) return true
  const chosen = await engine()
  hooks.onStage?.('train', left.length)
  const tasks = left.map(
    (entry): PoolTask => ({
      name: entry.name,
      job: { kind: 'train', config, entry, engine: chosen, directory: modelDirectory(entry), argv },
      onProgress: (progress: TrainingJobProgress) => hooks.onTraining?.(entry.name, progress),
    }),
  )
  const done = await runPool<TrainingResult>(tasks, { jobs: config.jobs, signal: hooks.signal })
  return done.every((result) => result?.finished === true)
}

/** What a candidate's figures depend on beside the evaluation block. */
function identity({ name, checkpoint, samplers }: Candidate): unknown {
  return { name, samplers, weights: readManifest(checkpoint).files['model.safetensors'].sha256 }
}

/** Evaluates every candidate that has no kept result; null when interrupted. */
async function evaluateAll(
  config: ExperimentConfig,
  directory: string,
  engine: Engine,
  candidates: readonly Candidate[],
  hooks: CompareHooks,
): Promise<Map<string, ModelEvaluation> | null> {
  const { seed } = config
  // Latency has its own stage and its own key.
  const { latencyRepeats: _, ...evaluation } = config.evaluation
  const place = new Map(
    candidates.map((c) => [
      c.name,
      {
        path: join(directory, 'evaluation', `${c.name}.json`),
        key: { evaluation, seed, candidate: identity(c) },
      },
    ]),
  )
  const kept = (name: string): ModelEvaluation | null => {
    const { path, key } = place.get(name) as { path: string; key: unknown }
    return readKept(path, key, modelEvaluationSchema)
  }
  const missing = candidates.filter(({ name }) => kept(name) === null)
  if (missing.length === 0)
    return new Map(candidates.map(({ name }) => [name, kept(name) as ModelEvaluation]))
  const chosen = await engine()
  hooks.onStage?.('evaluate', missing.length)
  const tasks = missing.map(
    (candidate): PoolTask => ({
      name: candidate.name,
      job: { kind: 'evaluate', candidate, evaluation: config.evaluation, engine: chosen, seed },
      onProgress: (progress: EvaluationProgress) => hooks.onEvaluation?.(candidate.name, progress),
      onDone(result: ModelEvaluation | null) {
        const { path, key } = place.get(candidate.name) as { path: string; key: unknown }
        if (result !== null) keep(path, key, modelEvaluationSchema, result)
      },
    }),
  )
  await runPool(tasks, { jobs: config.jobs, signal: hooks.signal })
  const out = candidates.map(({ name }): [string, ModelEvaluation | null] => [name, kept(name)])
  return out.every((pair): pair is [string, ModelEvaluation] => pair[1] !== null)
    ? new Map(out as [string, ModelEvaluation][])
    : null
}

/** What a stage of all models leaves; no model has a name with a dot. */
const stageFile = (directory: string, stage: string): string =>
  join(directory, 'evaluation', `${stage}.all.json`)

/** Times all points in one child while nothing else of ours runs; null when interrupted. */
async function timeAll(
  config: ExperimentConfig,
  directory: string,
  engine: Engine,
  candidates: readonly Candidate[],
  hooks: CompareHooks,
): Promise<LatencyResult | null> {
  const { evaluation, seed } = config
  const path = stageFile(directory, 'latency')
  const { steps, length, temperature, latencyRepeats } = evaluation
  const key = {
    steps,
    length,
    temperature,
    latencyRepeats,
    seed,
    engine: config.engine,
    threads: config.threads,
    candidates: candidates.map(identity),
  }
  const kept = readKept(path, key, latencyResultSchema)
  if (kept !== null || hooks.signal?.aborted === true) return kept
  const chosen = await engine()
  hooks.onStage?.('latency', candidates.length)
  const task: PoolTask = {
    name: 'latency',
    job: { kind: 'latency', candidates, evaluation, engine: chosen, seed },
    onProgress: (progress: EvaluationProgress) => hooks.onEvaluation?.('latency', progress),
  }
  const [result] = await runPool<LatencyResult>([task], { jobs: 1, signal: hooks.signal })
  if (result !== null) keep(path, key, latencyResultSchema, result)
  return result
}

/** Held-out text, controls and n-gram models, measured once a run. */
async function orient(config: CheckedConfig, directory: string): Promise<Orientation> {
  const path = stageFile(directory, 'orientation')
  const { samples, judgeOrder, bootstrap, length } = config.evaluation
  const key = { dataset: config.dataset, seed: config.seed, samples, judgeOrder, bootstrap, length }
  const kept = readKept(path, key, orientationSchema)
  if (kept !== null) return kept
  const made = await measureOrientation(config, length)
  keep(path, key, orientationSchema, made)
  return made
}

const wallSchema = z.strictObject({ seconds: z.number().min(0) })

/** Wall time of the run over all its sittings, s. */
function wallSeconds(directory: string, started: number): number {
  const path = join(directory, 'wall.json')
  const before = wallSchema.safeParse(readJsonIfWhole(path)).data?.seconds ?? 0
  const seconds = before + (performance.now() - started) / 1000
  writeAtomically(path, JSON.stringify({ seconds }))
  return seconds
}
