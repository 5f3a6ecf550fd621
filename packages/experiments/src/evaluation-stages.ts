/** @file The measured stages of an experiment: every candidate evaluated on its own, all of them timed together. */
import type { EngineChoice } from '@trivium/engine/node'
import { readManifest } from '@trivium/models/node'
import {
  evaluationConfigSchema,
  type LanguageDatasetConfig,
  numbersVersion,
  oracleName,
  paradigmTable,
  withoutDefaults,
} from '@trivium/schema'
import type { CheckedConfig } from './check.ts'
import type { Run } from './entrants.ts'
import {
  type Candidate,
  type EvaluationProgress,
  type ModelEvaluation,
  modelEvaluationSchema,
} from './jobs/evaluate.ts'
import { type LatencyResult, latencyResultSchema } from './jobs/latency.ts'
import { oraclePoints } from './jobs/oracle.ts'
import type { Stage } from './stage.ts'
import { taskIdentity } from './text-reference.ts'

export type StageContext = {
  readonly engine: () => Promise<EngineChoice>
  readonly onEvaluation?: (candidate: string, progress: EvaluationProgress) => void
}

/** What a candidate's figures depend on beside the evaluation block: the weights, how they are read, and the data. */
function identity({ name, checkpoint, samplers, task }: Candidate): unknown {
  const { entry, backbone, tokenizer, process, datasetSha256, files } = readManifest(checkpoint)
  return {
    name,
    samplers: samplers ?? entry.samplers,
    weights: files['model.safetensors'].sha256,
    backbone,
    options: withoutDefaults(entry.options, paradigmTable[entry.paradigm].options.parse({}) as object),
    tokenizer,
    process,
    data: datasetSha256,
    task: task && taskIdentity(task),
    version: numbersVersion.evaluation,
  }
}

/** @param characters of a text that are measured, see `comparedCharacters` */
export function evaluationStage(
  { name, seed, candidate }: Run,
  { evaluation }: CheckedConfig,
  characters: number | null,
  { engine, onEvaluation }: StageContext,
): Stage<ModelEvaluation> {
  // Latency has its own stage and its own key.
  const { latencyRepeats: _, latencyBatches: _batches, ...measured } = evaluation
  return {
    name,
    key: {
      evaluation: withoutDefaults(measured, evaluationConfigSchema.parse({})),
      seed,
      characters,
      candidate: identity(candidate),
    },
    schema: modelEvaluationSchema,
    async run(runJob, signal) {
      const input = { candidate, evaluation, engine: await engine(), seed, characters }
      const onProgress = (progress: EvaluationProgress): void => onEvaluation?.(name, progress)
      return runJob({ kind: 'evaluate', name, input }, { onProgress, signal })
    },
  }
}

/** A stage for each sampler of the oracle, so that they share the cores. */
export function oracleStages(
  config: CheckedConfig,
  dataset: LanguageDatasetConfig,
): Stage<ModelEvaluation>[] {
  const { evaluation, seed } = config
  const { samples, batchSize } = evaluation
  return oraclePoints(config, dataset.length).map(({ id, sampler }) => ({
    name: `${oracleName}.${id}`,
    schema: modelEvaluationSchema,
    key: { dataset, sampler, samples, batchSize, seed, version: numbersVersion.evaluation },
    run: (runJob, signal) =>
      runJob(
        { kind: 'oracle', name: `${oracleName}/${id}`, input: { dataset, sampler, evaluation, seed } },
        { signal },
      ),
  }))
}

/** All points in one process, while nothing else of ours runs. */
export function latencyStage(
  candidates: readonly Candidate[],
  config: CheckedConfig,
  { engine, onEvaluation }: StageContext,
): Stage<LatencyResult> {
  const { evaluation, seed, threads } = config
  const { steps, length, temperature, latencyRepeats, latencyBatches } = evaluation
  const name = 'latency'
  return {
    name: 'latency.all',
    schema: latencyResultSchema,
    key: {
      steps,
      length,
      temperature,
      latencyRepeats,
      latencyBatches,
      seed,
      engine: config.engine,
      threads,
      candidates: candidates.map(identity),
    },
    async run(runJob, signal) {
      const input = { candidates, evaluation, engine: await engine(), seed }
      const onProgress = (progress: EvaluationProgress): void => onEvaluation?.(name, progress)
      return runJob({ kind: 'latency', name, input }, { onProgress, signal })
    },
  }
}
