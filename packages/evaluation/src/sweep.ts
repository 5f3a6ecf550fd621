/**
 * @file The steps sweep: quality and cost of each (model, sampler) pair from one run and one configuration, a trace of its
 * first text, and its latency.
 */
import {
  drain,
  freeCanvas,
  type GeneratedRow,
  type LanguageModel,
  type TraceEvent,
} from '@trivium/language-model'
import { createRng } from '@trivium/random'
import {
  InputError,
  type Latency,
  type Point,
  type SampleRecord,
  Stopped,
  type TraceRecord,
} from '@trivium/schema'
import { canvasOf, type Problem, type ProblemSet, placesByLength, writtenTokens } from './answers.ts'
import { countCharacters, cutCharacters } from './characters.ts'
import { configHash } from './config-hash.ts'
import { type LatencyOptions, measureLatency, type TimedMethod } from './latency.ts'
import { qualityMetrics } from './quality.ts'
import type { QualityReference } from './reference.ts'
import type { SweepPoint } from './sweep-points.ts'

export type SweepModel = {
  readonly id: string
  readonly model: Pick<LanguageModel, 'decode' | 'vocabulary'>
  readonly points: readonly SweepPoint[]
  /** Tokens of a text, where this model's differs from the sweep's. */
  readonly length?: number
  /** What is timed in place of free text: problems, one after the other, and what ends an answer, as a point's sampler reads them. */
  readonly problems?: (point: SweepPoint) => Pick<ProblemSet, 'problems' | 'stopTokens' | 'fillers'>
  /** What else the point's hash covers, e.g. the checkpoint's sha256. */
  readonly identity?: unknown
}
export type SweepOptions = {
  readonly models: readonly SweepModel[]
  readonly tokenizer: { decode(ids: ArrayLike<number>): string; tokenText(id: number): string }
  readonly reference: QualityReference
  /** Texts of a point. */
  readonly samples: number
  /** Tokens of a text. */
  readonly length: number
  /** Characters of a text that are measured: those of the controls, see `commonCharacters`. */
  readonly characters: number
  /** Texts drawn together; 16 when absent. Rows do not depend on their neighbours. */
  readonly batchSize?: number
  readonly seed: number
  /** Whether to record the trace of a point's first text; all when absent. */
  readonly traces?: (model: string, point: SweepPoint) => boolean
  readonly onPoint?: (done: number, total: number, id: string) => void
  readonly signal?: AbortSignal
}
export type SweepResult = {
  readonly points: Point[]
  readonly samples: SampleRecord[]
  /** What was left out, in words. */
  readonly notes: string[]
}

type Work = { readonly id: string; readonly entry: SweepModel; readonly point: SweepPoint }
type Drawn = { texts: string[]; forwards: number[]; tokenPositions: number; trace: TraceRecord[] }

/**
 * Draws the texts of every point and measures them, each cut to `characters`: sets of one size compare. `nfe` and
 * `tokenPositions` are the means over these texts of what each took, whatever its neighbours in the batch; they depend on the
 * seed alone.
 *
 * All points draw from the same seeds, so differences are paired. Ids of the points are `model/point`.
 * @throws InputError when two points have one id; Stopped when `signal` fired
 */
export async function runSweep(options: SweepOptions): Promise<SweepResult> {
  const { reference, samples, characters } = options
  const result: SweepResult = { points: [], samples: [], notes: [] }
  const work = workOf(options.models)
  for (const [i, item] of work.entries()) {
    const { id, entry } = item
    const { forwards, tokenPositions, texts, trace } = await drawTexts(item, options)
    const cut = texts.map((text) => cutCharacters(text, characters))
    const missing = tooShort(cut, samples * characters)
    if (missing !== null) result.notes.push(`${id}: ${missing}`)
    result.points.push({
      id,
      model: entry.id,
      sampler: item.point.sampler,
      samplerLabel: item.point.label,
      setting: item.point.setting,
      configHash: hashOf(item, options),
      ...nfeOf(forwards),
      tokenPositions,
      quality: missing === null ? qualityMetrics(cut, reference) : [],
      latency: [],
    })
    result.samples.push({ model: entry.id, point: id, texts, ...(trace.length > 0 ? { trace } : {}) })
    options.onPoint?.(i + 1, work.length, id)
  }
  return result
}

/** Texts may lack so small a share of the common number of characters and still compare. */
const missingShare = 0.02

/** Why texts cannot be held against the controls, or null. Repetition would be found, or missed, by size alone. */
function tooShort(texts: readonly string[], wanted: number): string | null {
  const held = texts.reduce((sum, text) => sum + countCharacters(text), 0)
  return held >= (1 - missingShare) * wanted
    ? null
    : `its ${texts.length} texts hold ${held} of the ${wanted} characters that are compared; its quality is left out`
}

const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length

/** The mean, and each text's own where they differ. */
export function nfeOf(forwards: readonly number[]): Pick<Point, 'nfe' | 'nfeItems'> {
  const nfe = mean(forwards)
  if (forwards.every((own) => own === forwards[0])) return { nfe }
  return { nfe, nfeItems: { unit: 'texts', values: [[...forwards] as [number, ...number[]]] } }
}

async function drawTexts({ id, entry, point }: Work, options: SweepOptions): Promise<Drawn> {
  const { samples, batchSize = 16, tokenizer } = options
  const length = entry.length ?? options.length
  const traced = options.traces?.(entry.id, point) ?? true
  const trace: TraceRecord[] = []
  const written: GeneratedRow[] = []
  for (let first = 0; first < samples; first += batchSize) {
    const rows = Math.min(batchSize, samples - first)
    const decoding = entry.model.decode({
      canvas: Array.from({ length: rows }, () => freeCanvas(length, entry.model.vocabulary)),
      sampler: point.sampler,
      seed: chunkSeed(options.seed, first),
      traceRows: traced && first === 0 ? [0] : [],
      signal: options.signal,
    })
    const batch = await drain(decoding, (event) => trace.push(traceRecord(event, tokenizer)))
    if (batch.rows.some(({ finish }) => finish === 'aborted')) throw new Stopped()
    if (batch.rows.length !== rows)
      throw new InputError(
        `${id} wrote ${batch.rows.length} rows for a canvas of ${rows}; a model writes every row`,
      )
    written.push(...batch.rows)
  }
  return {
    texts: written.map(({ tokens }) => tokenizer.decode(tokens)),
    forwards: written.map(({ forwards }) => forwards),
    tokenPositions: mean(written.map(({ tokenPositions }) => tokenPositions)),
    trace,
  }
}

/** Rows are keyed by (seed, row of the batch): each batch needs a seed of its own. */
const chunkSeed = (seed: number, first: number): number => createRng(seed).fork('sweep', first).uint32s(1)[0]

export type TimeOptions = Pick<LatencyOptions, 'now' | 'warmupMost' | 'onWarm' | 'onTimed' | 'repeats'> & {
  readonly models: readonly SweepModel[]
  /** Tokens of a text. */
  readonly length: number
  readonly seed: number
  /** Texts that are written together: a latency each. */
  readonly batches: readonly number[]
  /** Stops between two runs, since hearing it within one would take time that is measured; the result is null then. */
  readonly signal?: AbortSignal
}

/**
 * Times every point of every model at every batch size, all of them interleaved. Keys are the points' ids, `model/point`; the
 * latencies of a point come in the order of the batches.
 */
export async function timeSweep(options: TimeOptions): Promise<Map<string, Latency[]> | null> {
  const { models, length, seed, batches, signal, ...protocol } = options
  const work = workOf(models)
  const methods = work.flatMap((item) =>
    batches.map((batch) => timedMethod(item, item.entry.length ?? length, batch, signal)),
  )
  try {
    const timed = await measureLatency(methods, { ...protocol, seed })
    const of = (id: string): Latency[] => batches.flatMap((batch) => timed.get(methodId(id, batch)) ?? [])
    return new Map(work.map(({ id }) => [id, of(id)]))
  } catch (error) {
    if (error instanceof Stopped) return null
    throw error
  }
}

const methodId = (point: string, batch: number): string => `${point} at batch ${batch}`

function timedMethod(
  { id, entry, point }: Work,
  length: number,
  batch: number,
  signal: AbortSignal | undefined,
): TimedMethod {
  const { model } = entry
  const problems = entry.problems?.(point)
  const batchFrom = problems && batchesFrom(problems.problems)
  return {
    id: methodId(id, batch),
    batch,
    // Points of one model and sampler differ in how often a shape is run, not in the shape.
    shape: `${entry.id}/${point.sampler.type} at batch ${batch}`,
    async run(seed) {
      if (signal?.aborted === true) throw new Stopped()
      const asked = batchFrom?.(seed * batch, batch) ?? new Array<undefined>(batch).fill(undefined)
      const canvas = asked.map((problem) =>
        problem === undefined
          ? freeCanvas(length, model.vocabulary)
          : canvasOf(problem, model.vocabulary.mask),
      )
      const request = { canvas, sampler: point.sampler, seed, stopTokens: problems?.stopTokens }
      const { rows, cost } = await drain(model.decode(request))
      const written = asked.map((problem, b) =>
        problem === undefined ? length : writtenTokens(rows[b].tokens, problem, problems?.fillers ?? []),
      )
      return { msFirstToken: cost.msFirstToken, tokens: mean(written) }
    },
  }
}

/** Problems of a batch from problem `first` on, of its length; they are sorted before anything is timed. */
function batchesFrom(problems: ProblemSet['problems']): (first: number, batch: number) => Problem[] {
  const places = placesByLength(problems)
  return (first, batch) => {
    const alike = places.get(problems[first % problems.length].tokens.length) as number[]
    return Array.from({ length: batch }, (_, b) => problems[alike[(first + b) % alike.length]])
  }
}

/** The point with its latencies, where it was timed. */
export const withTiming = (point: Point, latency: readonly Latency[] = []): Point => ({
  ...point,
  latency: [...latency],
})

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

function hashOf({ entry, point }: Work, { samples, length: shared, characters, seed }: SweepOptions): string {
  const { id, identity, length = shared } = entry
  return configHash({ model: id, identity, sampler: point.sampler, samples, length, characters, seed })
}

/** A trace event as it is kept: tokens as texts, so that a reader needs no tokenizer. */
export function traceRecord(
  event: TraceEvent,
  tokenizer: Pick<SweepOptions['tokenizer'], 'tokenText'>,
): TraceRecord {
  const { step, forwards, tMs, tokens, committed, changed, confidence, entropy } = event
  return {
    step,
    forwards,
    tMs,
    text: Array.from(tokens, (token) => tokenizer.tokenText(token)),
    committed: [...committed],
    changed: [...changed],
    confidence: Array.from(confidence),
    ...(entropy === undefined ? {} : { entropy: Array.from(entropy, (h) => Number(h.toFixed(4))) }),
  }
}
