/** @file Timing every point of every model in one process, interleaved, while nothing else of ours runs. */
import { activeEngine } from '@trivium/engine'
import { type EngineChoice, startEngine } from '@trivium/engine/node'
import { type SweepPoint, timeSweep } from '@trivium/evaluation'
import { freeCanvas } from '@trivium/language-model'
import { openModel } from '@trivium/models/node'
import {
  type EngineChoiceRecord,
  type EvaluationConfig,
  engineChoiceSchema,
  type Latency,
  latencySchema,
} from '@trivium/schema'
import { z } from 'zod'
import { problemsBySampler } from '../problems.ts'
import { type Candidate, type EvaluationHooks, loadAsked, sweepOf } from './evaluate.ts'

export type LatencyJob = {
  readonly candidates: readonly Candidate[]
  readonly evaluation: EvaluationConfig
  readonly engine: EngineChoice
  readonly seed: number
}

export type LatencyResult = {
  /** By point id. */
  readonly points: Record<string, Latency[]>
  /** By model: reading and uploading the checkpoint, and the first text of one token, ms. */
  readonly models: Record<string, { loadMs: number; firstInferenceMs: number }>
  readonly engine: string
  readonly engineThreads: number | null
  /** Absent in results that were kept by an older version. */
  readonly engineChoice?: EngineChoiceRecord
}

/** As it is kept in a run. */
export const latencyResultSchema: z.ZodType<LatencyResult> = z.strictObject({
  points: z.record(z.string(), z.array(latencySchema)),
  models: z.record(z.string(), z.strictObject({ loadMs: z.number(), firstInferenceMs: z.number() })),
  engine: z.string(),
  engineThreads: z.number().int().nullable(),
  engineChoice: engineChoiceSchema.optional(),
})

/** @returns null when `signal` fired */
export async function runLatencyJob(
  { candidates, evaluation, engine, seed }: LatencyJob,
  hooks: EvaluationHooks = {},
): Promise<LatencyResult | null> {
  await startEngine(engine)
  const models: LatencyResult['models'] = {}
  const opened = []
  for (const candidate of candidates) {
    const start = performance.now()
    const { model, manifest, tokenizer, checkpoint } = openModel(candidate.checkpoint)
    const loaded = performance.now()
    const { points, length } = sweepOf(manifest, candidate.samplers, evaluation)
    await model.generate({ canvas: [freeCanvas(1, model.vocabulary)], sampler: points[0].sampler, seed })
    models[candidate.name] = { loadMs: loaded - start, firstInferenceMs: performance.now() - loaded }
    const data = await loadAsked(candidate, manifest, tokenizer)
    const asked = data.kind === 'examples' ? problemsBySampler(data, evaluation.samples) : null
    opened.push({
      id: candidate.name,
      model,
      points,
      identity: checkpoint.manifest.files['model.safetensors'].sha256,
      length,
      ...(asked !== null && { problems: (point: SweepPoint) => asked(point.sampler) }),
    })
  }
  const { latencyBatches: batches } = evaluation
  const count = batches.length * opened.reduce((n, { points }) => n + points.length, 0)
  const total = count * (1 + evaluation.latencyRepeats)
  let done = 0
  const onRun = (what: string): void => hooks.onProgress?.({ done: ++done, total, what })
  const timed = await timeSweep({
    models: opened,
    length: opened[0].length,
    seed,
    repeats: evaluation.latencyRepeats,
    batches,
    warmupMost: 6,
    signal: hooks.signal,
    onWarm: onRun,
    onTimed: onRun,
  })
  if (timed === null) return null
  const { label, threads, choice } = activeEngine()
  return {
    points: Object.fromEntries(timed),
    models,
    engine: label,
    engineThreads: threads,
    engineChoice: choice,
  }
}
