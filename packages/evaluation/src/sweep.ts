/**
 * @file The steps sweep: quality, cost and latency of each (model, sampler) pair from one run and one configuration,
 * and a trace of its first text.
 */
import { type Cost, drain, freeCanvas, type LanguageModel, type TraceEvent } from '@trivium/language-model'
import { createRng } from '@trivium/random'
import {
  InputError,
  type Latency,
  type Point,
  type SampleRecord,
  Stopped,
  samplerTable,
  type TraceRecord,
} from '@trivium/schema'
import { canvasOf, type ProblemSet, writtenTokens } from './answers.ts'
import { configHash } from './config-hash.ts'
import { type LatencyOptions, measureLatency } from './latency.ts'
import { qualityMetrics } from './quality.ts'
import type { QualityReference } from './reference.ts'
import type { SweepPoint } from './sweep-points.ts'

export type SweepModel = {
  readonly id: string
  readonly model: Pick<LanguageModel, 'decode' | 'vocabulary'>
  readonly points: readonly SweepPoint[]
  /** Tokens of a text, where this model's differs from the sweep's. */
  readonly length?: number
  /** What is timed in place of free text: problems, one after the other, and what ends an answer. */
  readonly problems?: Pick<ProblemSet, 'problems' | 'stopTokens' | 'fillers'>
  /** What else the point's hash covers, e.g. the checkpoint's sha256. */
  readonly identity?: unknown
}
export type SweepOptions = {
  /** All models whose latency is compared: their points are timed interleaved. */
  readonly models: readonly SweepModel[]
  readonly tokenizer: { decode(ids: ArrayLike<number>): string; tokenText(id: number): string }
  readonly reference: QualityReference
  /** Texts of a point. */
  readonly samples: number
  /** Tokens of a text. */
  readonly length: number
  /** Texts drawn together for quality; 16 when absent. Rows do not depend on their neighbours. */
  readonly batchSize?: number
  readonly seed: number
  /** Timed repeats at batch 1; 0 measures no latency. */
  readonly latencyRepeats: number
  readonly latency?: Pick<LatencyOptions, 'now' | 'warmupMost' | 'onWarm'>
  /** Whether to record the trace of a point's first text; all when absent. */
  readonly traces?: (model: string, point: SweepPoint) => boolean
  readonly onPoint?: (done: number, total: number, id: string) => void
  readonly signal?: AbortSignal
}

type Work = { readonly id: string; readonly entry: SweepModel; readonly point: SweepPoint }
type Drawn = { texts: string[]; nfe: number; tokenPositions: number; trace: TraceRecord[] }

/**
 * Draws the texts of every point, measures them, then times all points at batch 1, interleaved.
 *
 * `nfe` is the mean number of network evaluations that one text took. Every text of a batch goes through all of the
 * batch's forwards, so for samplers with a fixed count it is the forwards of its batch. Samplers that stop or skip by
 * the state of a row (`adaptive` in the table of samplers) would be charged their slowest neighbour there; for them the mean is
 * over the batch-1 runs of the latency protocol, warm-up included (without any, over the batches). `tokenPositions`
 * follows the same runs.
 *
 * All points draw from the same seeds, so differences are paired. Ids of the points are `model/point`.
 * @throws InputError when two points have one id; Stopped when `signal` fired
 */
export async function runSweep(options: SweepOptions): Promise<{ points: Point[]; samples: SampleRecord[] }> {
  const work = workOf(options.models)
  const drawn = new Map<string, Drawn>()
  for (const [i, item] of work.entries()) {
    drawn.set(item.id, await drawTexts(item, options))
    options.onPoint?.(i + 1, work.length, item.id)
  }
  const { models, length, seed, latencyRepeats: repeats, latency } = options
  const timed =
    repeats === 0
      ? null
      : await timeSweep({ ...latency, models, length, seed, repeats, signal: options.signal })
  if (options.signal?.aborted === true) throw new Stopped()
  const points = work.map((item): Point => {
    const { nfe, tokenPositions, texts } = drawn.get(item.id) as Drawn
    const point: Point = {
      id: item.id,
      model: item.entry.id,
      sampler: item.point.sampler,
      samplerLabel: item.point.label,
      setting: item.point.setting,
      configHash: hashOf(item, options),
      nfe,
      tokenPositions,
      quality: qualityMetrics(texts, options.reference),
      latency: [],
    }
    return withTiming(point, timed?.get(item.id))
  })
  const samples = work.map(({ id, entry }): SampleRecord => {
    const { texts, trace } = drawn.get(id) as Drawn
    return { model: entry.id, point: id, texts, ...(trace.length > 0 ? { trace } : {}) }
  })
  return { points, samples }
}

const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length

async function drawTexts({ id, entry, point }: Work, options: SweepOptions): Promise<Drawn> {
  const { samples, batchSize = 16, tokenizer } = options
  const length = entry.length ?? options.length
  const traced = options.traces?.(entry.id, point) ?? true
  const drawn: Drawn = { texts: [], nfe: 0, tokenPositions: 0, trace: [] }
  for (let first = 0; first < samples; first += batchSize) {
    const rows = Math.min(batchSize, samples - first)
    const decoding = entry.model.decode({
      canvas: Array.from({ length: rows }, () => freeCanvas(length, entry.model.vocabulary)),
      sampler: point.sampler,
      seed: chunkSeed(options.seed, first),
      traceRows: traced && first === 0 ? [0] : [],
      signal: options.signal,
    })
    const { rows: written, cost } = await drain(decoding, (event) =>
      drawn.trace.push(traceRecord(event, tokenizer)),
    )
    if (written.some(({ finish }) => finish === 'aborted')) throw new Stopped()
    if (written.length !== rows)
      throw new InputError(
        `${id} wrote ${written.length} rows for a canvas of ${rows}; a model writes every row`,
      )
    for (const row of written) drawn.texts.push(tokenizer.decode(row.tokens))
    drawn.nfe += (cost.forwards * rows) / samples
    drawn.tokenPositions += cost.tokenPositions / samples
  }
  return drawn
}

/** Rows are keyed by (seed, row of the batch): each batch needs a seed of its own. */
const chunkSeed = (seed: number, first: number): number => createRng(seed).fork('sweep', first).uint32s(1)[0]

export type TimedPoint = {
  readonly latency: Latency
  /** Means over the batch-1 runs, warm-up included. */
  readonly nfe: number
  readonly tokenPositions: number
}
export type TimeOptions = Pick<LatencyOptions, 'now' | 'warmupMost' | 'onWarm' | 'onTimed' | 'repeats'> & {
  readonly models: readonly SweepModel[]
  /** Tokens of a text. */
  readonly length: number
  readonly seed: number
  /** Stops between two runs, since hearing it within one would take time that is measured; the result is null then. */
  readonly signal?: AbortSignal
}

/** Times every point of every model at batch 1, interleaved. Keys are the points' ids, `model/point`. */
export async function timeSweep(options: TimeOptions): Promise<Map<string, TimedPoint> | null> {
  const { models, length, seed, signal, ...protocol } = options
  const costs = new Map<string, Cost[]>()
  const methods = workOf(models).map(({ id, entry, point }) => {
    const seen: Cost[] = []
    costs.set(id, seen)
    const tokens = entry.length ?? length
    return {
      id,
      // Points of one model and sampler differ in how often a shape is run, not in the shape.
      shape: `${entry.id}/${point.sampler.type}`,
      async run(runSeed: number) {
        if (signal?.aborted === true) throw new Stopped()
        const { problems } = entry
        const problem = problems?.problems[runSeed % problems.problems.length]
        const canvas = [
          problem === undefined ? freeCanvas(tokens, entry.model.vocabulary) : canvasOf(problem),
        ]
        const request = {
          canvas,
          sampler: point.sampler,
          seed: runSeed,
          stopTokens: problems?.stopTokens,
        }
        const { rows, cost } = await drain(entry.model.decode(request))
        seen.push(cost)
        const written =
          problem === undefined ? tokens : writtenTokens(rows[0].tokens, problem, problems?.fillers ?? [])
        return { msFirstToken: cost.msFirstToken, tokens: written }
      },
    }
  })
  try {
    const latencies = await measureLatency(methods, { ...protocol, seed, batch: 1 })
    return new Map(
      [...latencies].map(([id, latency]) => {
        const seen = costs.get(id) as Cost[]
        const nfe = mean(seen.map((cost) => cost.forwards))
        return [id, { latency, nfe, tokenPositions: mean(seen.map((cost) => cost.tokenPositions)) }]
      }),
    )
  } catch (error) {
    if (error instanceof Stopped) return null
    throw error
  }
}

/** The point with its latency; an adaptive sampler takes its cost from the batch-1 runs too. */
export function withTiming(point: Point, timed: TimedPoint | undefined): Point {
  if (timed === undefined) return point
  const { latency, nfe, tokenPositions } = timed
  const cost = samplerTable[point.sampler.type].adaptive ? { nfe, tokenPositions } : {}
  return { ...point, ...cost, latency: [latency] }
}

/** @throws InputError when two points have one id */
function workOf(models: readonly SweepModel[]): Work[] {
  const work = models.flatMap((entry) =>
    entry.points.map((point): Work => ({ id: `${entry.id}/${point.id}`, entry, point })),
  )
  const twice = work.find(({ id }, i) => work.findIndex((other) => other.id === id) !== i)
  if (twice !== undefined)
    throw new InputError(`the sweep has two points '${twice.id}'; list each sampler once`)
  return work
}

function hashOf({ entry, point }: Work, { samples, length: shared, seed }: SweepOptions): string {
  const { id, identity, length = shared } = entry
  return configHash({ model: id, identity, sampler: point.sampler, samples, length, seed })
}

/** A trace event as it is kept: tokens as texts, so that a reader needs no tokenizer. */
export function traceRecord(
  event: TraceEvent,
  tokenizer: Pick<SweepOptions['tokenizer'], 'tokenText'>,
): TraceRecord {
  const { step, forwards, tMs, tokens, committed, changed, confidence } = event
  return {
    step,
    forwards,
    tMs,
    text: Array.from(tokens, (token) => tokenizer.tokenText(token)),
    committed: [...committed],
    changed: [...changed],
    confidence: Array.from(confidence),
  }
}
