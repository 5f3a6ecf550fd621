/** @file Answers to problems with an exact verifier: how many are right, and how many tokens a forward wrote. */
import { type CanvasRow, drain, type LanguageModel, type TraceEvent } from '@trivium/language-model'
import { createRng } from '@trivium/random'
import { InputError, type Metric } from '@trivium/schema'
import { groupsOf, metricOf, ratio, share } from './metrics/measure.ts'
import type { SweepPoint } from './sweep-points.ts'

/** A problem: a clean row and what of it is given; structurally the rows of corpus and tasks. */
export type Problem = {
  /** [L], the answer included. */
  readonly tokens: Int32Array
  /** [L], 1: condition. */
  readonly given: Uint8Array
}
export type Judgement = { readonly correct: boolean; readonly parts: Readonly<Record<string, number>> }

export type ProblemSet = {
  /** sudoku@1: goes into every metric. */
  readonly task: string
  readonly problems: readonly Problem[]
  /** Judges what was written for problem `index`. */
  judge(index: number, written: Int32Array): Judgement
  /** End answers; none where all have one length. */
  readonly stopTokens: readonly number[]
  /** Tokens that no answer is made of: EOS and PAD. */
  readonly fillers: readonly number[]
}

export type Answers = {
  readonly judgements: readonly Judgement[]
  readonly written: readonly Int32Array[]
  /** Network evaluations that each answer took, whatever its neighbours in the batch. */
  readonly forwards: readonly number[]
  /** Query positions an answer, mean. */
  readonly tokenPositions: number
}

/** The canvas of a problem: what is not given is to be written. */
export const canvasOf = ({ tokens, given }: Problem): CanvasRow => ({ tokens, frozen: given })

/**
 * Writes an answer to every problem; rows share forwards, and each is charged those that it took part in.
 * @param onTrace gets the steps of the first answer
 * @returns null when `signal` fired
 */
export async function writeAnswers(
  model: Pick<LanguageModel, 'decode'>,
  { sampler }: SweepPoint,
  { problems, judge, stopTokens }: ProblemSet,
  options: {
    readonly seed: number
    readonly batchSize?: number
    readonly signal?: AbortSignal
    readonly onTrace?: (event: TraceEvent) => void
  },
): Promise<Answers | null> {
  if (problems.length === 0) throw new InputError('there are no problems to answer; pass at least one')
  const { seed, onTrace, signal } = options
  const size = options.batchSize ?? 16
  const written: Int32Array[] = []
  const forwards: number[] = []
  let positions = 0
  for (let first = 0; first < problems.length; first += size) {
    if (signal?.aborted === true) return null
    const batch = problems.slice(first, first + size)
    const decoding = model.decode({
      canvas: batch.map(canvasOf),
      sampler,
      // Rows are keyed by (seed, row of the batch): each batch needs a seed of its own.
      seed: createRng(seed).fork('answers', first).uint32s(1)[0],
      stopTokens,
      signal,
      traceRows: onTrace !== undefined && first === 0 ? [0] : [],
    })
    const { rows } = await drain(decoding, (event) => onTrace?.(event))
    if (rows.some(({ finish }) => finish === 'aborted')) return null
    for (const row of rows) {
      written.push(row.tokens)
      forwards.push(row.forwards)
      positions += row.tokenPositions
    }
  }
  const judgements = written.map((tokens, i) => judge(i, tokens))
  return { judgements, written, forwards, tokenPositions: positions / problems.length }
}

/** Accuracy with Wilson's interval, its parts as mean shares, and written tokens per forward, a ratio of sums over problems. */
export function answerMetrics(
  { judgements, forwards, written }: Answers,
  { task, problems, fillers }: ProblemSet,
): Metric[] {
  const clusters = groupsOf(judgements.length, 'examples')
  const right = judgements.map(({ correct }) => Number(correct))
  const ones = judgements.map(() => 1)
  const accuracy = metricOf(task, 'accuracy', share(right, ones, clusters), null)
  const tokens = written.map((row, i) => writtenTokens(row, problems[i], fillers))
  const speed = metricOf(task, 'tokens-per-forward', ratio(tokens, forwards, clusters), null)
  // A request in which nothing was to be written needs no forward.
  return [{ ...accuracy, parts: meanParts(judgements) }, ...(Number.isFinite(speed.value) ? [speed] : [])]
}

const sum = (values: readonly number[]): number => values.reduce((total, v) => total + v, 0)

/** Tokens of an answer: positions that were not given, without what only fills. */
export function writtenTokens(row: Int32Array, { given }: Problem, fillers: readonly number[]): number {
  return row.reduce((n, token, l) => n + (given[l] === 0 && !fillers.includes(token) ? 1 : 0), 0)
}

function meanParts(judgements: readonly Judgement[]): Record<string, number> {
  const names = [...new Set(judgements.flatMap(({ parts }) => Object.keys(parts)))]
  return Object.fromEntries(
    names.map((name) => [name, sum(judgements.map(({ parts }) => parts[name] ?? 0)) / judgements.length]),
  )
}
