/** @file Evaluating one checkpoint: likelihood on held-out text, then the steps sweep. Runs in this process. */
import { heldOutRows } from '@trivium/corpus'
import type { Dataset } from '@trivium/corpus/node'
import { loadDataset } from '@trivium/corpus/node'
import { type EngineChoice, startEngine } from '@trivium/engine/node'
import {
  bitsPerCharacter,
  buildReference,
  defaultSweepPoints,
  type QualityReference,
  runSweep,
  type SweepPoint,
  sweepPoint,
} from '@trivium/evaluation'
import {
  type EvaluationConfig,
  InputError,
  type Manifest,
  type Metric,
  type Point,
  type SampleRecord,
  type SamplerConfig,
} from '@trivium/schema'
import type { Tokenizer } from '@trivium/tokenizer'
import { openModel } from './models.ts'

/** A finished checkpoint under the name that the report shows. */
export type Candidate = {
  readonly name: string
  readonly checkpoint: string
  /** What the sweep runs; the paradigm's default set when absent. */
  readonly samplers?: readonly SamplerConfig[]
}

export type EvaluationJob = {
  readonly candidate: Candidate
  readonly evaluation: EvaluationConfig
  readonly engine: EngineChoice
  readonly seed: number
}
export type EvaluationProgress = { done: number; total: number; what: string }
export type EvaluationHooks = { onProgress?: (progress: EvaluationProgress) => void; signal?: AbortSignal }

/** What is known of a model before anything was timed. */
export type ModelEvaluation = {
  readonly bits: Metric
  readonly points: Point[]
  readonly samples: SampleRecord[]
}

/** The points of a model's sweep, and how long a drawn text is. */
export function sweepOf(
  manifest: Manifest,
  samplers: readonly SamplerConfig[] | undefined,
  evaluation: EvaluationConfig,
): { points: SweepPoint[]; length: number } {
  const length = evaluation.length ?? manifest.backbone.context
  if (length > manifest.backbone.context)
    throw new InputError(
      `evaluation.length ${length} exceeds the context ${manifest.backbone.context} of '${manifest.name}'; shorten it`,
    )
  const chosen = samplers ?? manifest.entry.samplers
  const points =
    chosen?.map(sweepPoint) ??
    defaultSweepPoints(manifest.paradigm, {
      steps: evaluation.steps,
      length,
      temperature: evaluation.temperature,
    })
  return { points, length }
}

/** Held-out rows for the likelihood: the same texts for every model of one tokenizer and row length. */
export function likelihoodRows(
  { test }: Dataset,
  tokenizer: Tokenizer,
  length: number,
  count: number,
): { rows: Int32Array[]; characters: number[] } {
  const rows = heldOutRows(tokenizer.encode(test), length, count)
  return { rows, characters: rows.map((row) => tokenizer.decode(row).length) }
}

export function referenceOf(dataset: Dataset, evaluation: EvaluationConfig, seed: number): QualityReference {
  return buildReference({
    train: dataset.train,
    heldOut: dataset.test,
    judgeOrder: evaluation.judgeOrder,
    resamples: evaluation.bootstrap,
    seed,
  })
}

class Interrupted extends Error {}

/**
 * @returns null when `signal` fired: nothing is kept of a half evaluation
 * @throws InputError when the checkpoint is broken or its dataset has changed
 */
export async function runEvaluationJob(
  job: EvaluationJob,
  hooks: EvaluationHooks = {},
): Promise<ModelEvaluation | null> {
  try {
    return await evaluate(job, hooks)
  } catch (error) {
    if (error instanceof Interrupted) return null
    throw error
  }
}

async function evaluate(
  { candidate, evaluation, engine, seed }: EvaluationJob,
  hooks: EvaluationHooks,
): Promise<ModelEvaluation> {
  await startEngine(engine)
  const { model, manifest, tokenizer, checkpoint } = openModel(candidate.checkpoint)
  const dataset = await loadDataset(manifest.dataset)
  if (dataset.sha256 !== manifest.datasetSha256)
    throw new InputError(
      `${candidate.checkpoint} was trained on another version of ${dataset.name} (sha256 ${manifest.datasetSha256.slice(0, 12)}…, here ${dataset.sha256.slice(0, 12)}…); train again`,
    )
  const { points, length } = sweepOf(manifest, candidate.samplers, evaluation)
  hooks.onProgress?.({ done: 0, total: points.length + 1, what: 'likelihood' })
  const { rows, characters } = likelihoodRows(
    dataset,
    tokenizer,
    manifest.backbone.context,
    evaluation.likelihoodRows,
  )
  const bits = await bitsPerCharacter(model, rows, characters, {
    draws: evaluation.likelihoodDraws,
    seed,
    resamples: evaluation.bootstrap,
  })
  const { points: measured, samples } = await runSweep({
    models: [
      { id: candidate.name, model, points, identity: checkpoint.manifest.files['model.safetensors'].sha256 },
    ],
    tokenizer,
    reference: referenceOf(dataset, evaluation, seed),
    samples: evaluation.samples,
    length,
    seed,
    latencyRepeats: 0,
    onPoint(done, total, what) {
      if (hooks.signal?.aborted === true) throw new Interrupted()
      hooks.onProgress?.({ done: done + 1, total: total + 1, what })
    },
  })
  return { bits, points: measured, samples }
}
