/**
 * @file The main job: train what is not cached, evaluate, time, write results. Every stage leaves its result in the run
 * directory, so an interrupted run goes on where it stopped and a finished one costs seconds.
 */
import { join } from 'node:path'
import type { EngineChoice } from '@trivium/engine/node'
import { readJsonIfWhole, writeAtomically, writeJson } from '@trivium/files'
import { type ExperimentConfig, type Results, Stopped } from '@trivium/schema'
import { z } from 'zod'
import { assembleResults } from './assemble.ts'
import { checkExperiment } from './check.ts'
import { engineOfExperiment } from './engine-choice.ts'
import { entrantsOf, trainingsOf } from './entrants.ts'
import { evaluationStage, latencyStage, oracleStages } from './evaluation-stages.ts'
import { comparedCharacters } from './held-out.ts'
import type { EvaluationProgress } from './jobs/evaluate.ts'
import type { JobRunner } from './jobs/job.ts'
import { inWorkers, type PoolOptions, type Work } from './jobs/pool.ts'
import type { TrainingJobProgress } from './jobs/train.ts'
import { checkKeptModels } from './kept-models.ts'
import { limited } from './limit.ts'
import { isTrained, modelDirectory } from './model-directory.ts'
import { orientationStage } from './orientation.ts'
import { runStages, type StageOptions } from './stage.ts'
import { orStopped } from './stop.ts'

type StageName = 'train' | 'evaluate' | 'oracle' | 'latency' | 'report'
export type CompareHooks = {
  /** A stage begins: its name and how many parts are left to do. */
  onStage?: (stage: StageName, left: number) => void
  onTraining?: (model: string, progress: TrainingJobProgress) => void
  onEvaluation?: (model: string, progress: EvaluationProgress) => void
  /** The line of a measurement, or a warning. */
  log?: (line: string) => void
  signal?: AbortSignal
}
export type CompareOptions = {
  config: ExperimentConfig
  /** The run directory. */
  directory: string
  argv: readonly string[]
  /** At most so many texts, answers and scored rows; the results are then stamped as partial. */
  limit?: number
  /** Whether every point is timed at the end; true when absent. */
  timing?: boolean
  /** Has trainings and evaluations done elsewhere; processes of this machine do them when absent. */
  carrier?: JobRunner
}
export type CompareOutcome = { finished: false } | { finished: true; results: Results }

/** @throws InputError when the experiment, a checkpoint or a text cannot be used */
export async function compare(options: CompareOptions, hooks: CompareHooks = {}): Promise<CompareOutcome> {
  try {
    return await allStages(options, hooks)
  } catch (error) {
    if (error instanceof Stopped) return { finished: false }
    throw error
  }
}

async function allStages(
  { config: given, directory, argv, limit, timing = true, carrier }: CompareOptions,
  hooks: CompareHooks,
): Promise<CompareOutcome> {
  const started = performance.now()
  const cut = limited(given.evaluation, limit)
  const { config } = await checkExperiment({ ...given, evaluation: cut?.evaluation ?? given.evaluation })
  await checkKeptModels(config, directory)
  const { onStage, onEvaluation, signal } = hooks
  const engine = once(() => orStopped(engineOfExperiment(config, hooks.log), signal))
  const pool: PoolOptions = { jobs: config.jobs, signal }
  /** The engine is chosen before a stage is announced, and only for one that has work to do. */
  const stage = (name: StageName, options: PoolOptions = pool): StageOptions => ({
    ...options,
    directory,
    async begin(left) {
      await engine()
      onStage?.(name, left)
    },
  })

  if (!(await trainAll({ config, directory, argv, carrier }, engine, hooks))) return { finished: false }
  const entrants = entrantsOf(config, directory)
  const runs = entrants.flatMap((entrant) => entrant.runs)
  const checkpoints = runs.map(({ candidate }) => candidate.checkpoint)
  const characters = await comparedCharacters(checkpoints, config)
  const evaluations = await runStages(
    runs.map((run) => evaluationStage(run, config, characters, { engine, onEvaluation })),
    stage('evaluate', { ...pool, carrier }),
  )
  if (evaluations === null) return { finished: false }
  const { dataset } = config
  const exact = dataset.type === 'language' ? oracleStages(config, dataset) : []
  const begin = (left: number): void => onStage?.('oracle', left)
  const oracle = await runStages(exact, { ...pool, directory, begin })
  if (oracle === null) return { finished: false }
  // Training seeds do not change how long a forward takes; the oracle has none.
  const candidates = entrants.map((entrant) => entrant.runs[0].candidate)
  const timed =
    candidates.length === 0 || !timing ? [] : [latencyStage(candidates, config, { engine, onEvaluation })]
  const latency = await runStages(timed, stage('latency', { ...pool, jobs: 1 }))
  if (latency === null) return { finished: false }

  onStage?.('report', 1)
  const scored = (entrants.at(config.references.length) ?? entrants.at(0))?.runs[0].candidate ?? null
  const orientation = await runStages([await orientationStage(config, { characters, scored })], {
    ...pool,
    directory,
  })
  if (orientation === null) return { finished: false }
  const results = await assembleResults({
    config,
    directory,
    argv,
    entrants: entrants.map((entrant) => ({
      ...entrant,
      evaluations: entrant.runs.map((run) => evaluations[runs.indexOf(run)]),
    })),
    oracle,
    partial: cut?.partial,
    characters,
    latency: latency.at(0) ?? null,
    orientation: orientation[0],
    wallSeconds: wallSeconds(directory, started),
  })
  writeAtomically(join(directory, 'results.json'), `${JSON.stringify(results, null, 1)}\n`)
  writeJson(join(directory, 'provenance.json'), results.provenance)
  return { finished: true, results }
}

/** Calls `make` once, at the first call. */
function once<T>(make: () => T): () => T {
  let made: { value: T } | null = null
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

/** Trains every model with every seed, where it has not spent its budget; false when interrupted. */
async function trainAll(
  { config, directory, argv, carrier }: CompareOptions,
  engine: () => Promise<EngineChoice>,
  { onStage, onTraining, signal }: CompareHooks,
): Promise<boolean> {
  const left = trainingsOf(config).filter(({ name }) => !isTrained(modelDirectory(directory, name)))
  if (left.length === 0) return true
  const chosen = await engine()
  onStage?.('train', left.length)
  const works = left.map(
    ({ entry, seed, name }): Work<boolean> =>
      async (run, stop) => {
        const input = {
          config: { ...config, seed, models: [entry], references: [] },
          entry,
          engine: chosen,
          directory: modelDirectory(directory, name),
          argv,
        }
        const onProgress = (progress: TrainingJobProgress): void => onTraining?.(name, progress)
        const result = await run({ kind: 'train', name, input }, { onProgress, signal: stop })
        return result?.finished === true
      },
  )
  return (await inWorkers(works, { jobs: config.jobs, signal, carrier })).every((finished) => finished)
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
