/** @file Evaluating one checkpoint: likelihood on held-out text, then the steps sweep. Runs in this process. */
import type { Dataset } from '@trivium/corpus/node'
import { type EngineChoice, startEngine } from '@trivium/engine/node'
import {
  buildReference,
  defaultSweepPoints,
  likelihoodMetrics,
  type QualityReference,
  runSweep,
  type SweepPoint,
  sweepPoint,
} from '@trivium/evaluation'
import { openModel } from '@trivium/models/node'
import {
  type EvaluationConfig,
  InputError,
  type Manifest,
  type Metric,
  metricSchema,
  type Point,
  pointSchema,
  type SampleRecord,
  type SamplerConfig,
  Stopped,
  sampleSchema,
} from '@trivium/schema'
import type { Tokenizer } from '@trivium/tokenizer'
import { z } from 'zod'
import { type ExperimentData, loadOther, loadTrainedOn } from '../data.ts'
import { charactersOf, heldOutRowsOf } from '../held-out.ts'
import { loadTextTask, type TextTask } from '../text-reference.ts'
import { evaluateExamples, scoringOf } from './evaluate-examples.ts'
import type { Hooks } from './hooks.ts'
import type { WrittenRows } from './measure-point.ts'

/** A finished checkpoint under the name that the report shows. */
export type Candidate = {
  readonly name: string
  readonly checkpoint: string
  /** What the sweep runs; the default set of the model when absent. */
  readonly samplers?: readonly SamplerConfig[]
  /** What it is asked in place of its own text: problems that are cut from that. */
  readonly task?: TextTask
}

export type EvaluationJob = {
  readonly candidate: Candidate
  readonly evaluation: EvaluationConfig
  readonly engine: EngineChoice
  readonly seed: number
  /** A file in the place of the model's own test split. */
  readonly data?: string
  /** Characters of a text that are measured, the same for all that are compared; this model's own when absent. */
  readonly characters?: number | null
  /** Every `of`-th point from `index` on, so that processes can split one model; the likelihood goes to share 0. */
  readonly share?: { readonly index: number; readonly of: number }
}
export type EvaluationProgress = { done: number; total: number; what: string }
export type EvaluationHooks = Hooks<EvaluationProgress>

/** What is known of a model before anything was timed. */
export type ModelEvaluation = {
  /** Bits per character, and per byte where a token is no character; none in a share other than 0. */
  readonly likelihoods: Metric[]
  readonly points: Point[]
  readonly samples: SampleRecord[]
  /** Every answer or row of a language; texts stand whole in `samples`. */
  readonly written: WrittenRows[]
  /** What was left out, in words. */
  readonly notes: string[]
}

/** Of a whole evaluation, as it is kept in a run. */
export const modelEvaluationSchema: z.ZodType<ModelEvaluation> = z.strictObject({
  likelihoods: z.array(metricSchema),
  points: z.array(pointSchema),
  samples: z.array(sampleSchema),
  written: z.array(
    z.strictObject({
      point: z.string(),
      rows: z.array(z.array(z.number().int())),
      forwards: z.array(z.number()),
    }),
  ),
  notes: z.array(z.string()),
})

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
    defaultSweepPoints(manifest.entry, {
      steps: evaluation.steps,
      length,
      temperature: evaluation.temperature,
    })
  return { points, length }
}

/** What a candidate is measured on: that which it was trained on, or problems that are cut from it. @throws InputError */
export const loadAsked = (
  { checkpoint, task }: Candidate,
  manifest: Manifest,
  tokenizer: Tokenizer,
): Promise<ExperimentData> =>
  task === undefined
    ? loadTrainedOn(checkpoint, manifest, tokenizer)
    : loadTextTask(task, { checkpoint, manifest, tokenizer })

export function referenceOf(dataset: Dataset, evaluation: EvaluationConfig, seed: number): QualityReference {
  return buildReference({
    train: dataset.train,
    heldOut: dataset.test,
    judgeOrder: evaluation.judgeOrder,
    seed,
  })
}

/**
 * @returns null when `signal` fired: nothing is kept of a half evaluation
 * @throws InputError when the checkpoint is broken or its dataset has changed
 */
export async function runEvaluationJob(
  job: EvaluationJob,
  hooks: EvaluationHooks = {},
): Promise<ModelEvaluation | null> {
  return runEvaluationShare({ ...job, share: undefined }, hooks)
}

/** `runEvaluationJob` for one share of the work. */
export async function runEvaluationShare(
  job: EvaluationJob,
  hooks: EvaluationHooks = {},
): Promise<ModelEvaluation | null> {
  try {
    return await evaluate(job, hooks)
  } catch (error) {
    if (error instanceof Stopped) return null
    throw error
  }
}

async function evaluate(job: EvaluationJob, hooks: EvaluationHooks): Promise<ModelEvaluation> {
  const { candidate, evaluation, engine, seed, share = { index: 0, of: 1 } } = job
  await startEngine(engine)
  const opened = openModel(candidate.checkpoint)
  const { model, manifest, tokenizer, checkpoint } = opened
  const own = await loadAsked(candidate, manifest, tokenizer)
  const data = job.data === undefined ? own : await loadOther(job.data, own, manifest.backbone.context)
  const sweep = sweepOf(manifest, candidate.samplers, evaluation)
  const points = sweep.points.filter((_, i) => i % share.of === share.index)
  if (data.kind === 'examples') return evaluateExamples({ ...job, share }, opened, data, points, hooks)
  const { dataset } = data
  const first = share.index === 0 ? 1 : 0
  hooks.onProgress?.({ done: 0, total: points.length + first, what: first === 1 ? 'likelihood' : 'texts' })
  const score = (): Promise<Metric[]> => {
    const { likelihoodRows: count, batchSize } = evaluation
    const held = heldOutRowsOf(dataset, tokenizer, {
      split: 'test',
      length: manifest.backbone.context,
      count,
    })
    return likelihoodMetrics(model, held, { ...scoringOf(evaluation), seed, batchSize, signal: hooks.signal })
  }
  const likelihoods = first === 1 ? await score() : []
  const measured = await runSweep({
    models: [
      { id: candidate.name, model, points, identity: checkpoint.manifest.files['model.safetensors'].sha256 },
    ],
    tokenizer,
    reference: referenceOf(dataset, evaluation, seed),
    samples: evaluation.samples,
    length: sweep.length,
    characters: job.characters ?? charactersOf(dataset, tokenizer, sweep.length),
    batchSize: evaluation.batchSize,
    seed,
    signal: hooks.signal,
    onPoint: (done, total, what) => hooks.onProgress?.({ done: done + first, total: total + first, what }),
  })
  return { likelihoods, ...measured, written: [] }
}
