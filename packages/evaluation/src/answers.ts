/** @file Answers to problems with an exact verifier: writing them, and having them judged. */
import {
  type CanvasRow,
  drain,
  type GeneratedRow,
  type LanguageModel,
  type TraceEvent,
} from '@trivium/language-model'
import { createRng } from '@trivium/random'
import { InputError } from '@trivium/schema'
import type { Edits } from './corrections.ts'
import type { Filling } from './fillings.ts'
import type { Judge } from './judge.ts'
import type { SweepPoint } from './sweep-points.ts'

/** A problem: a clean row and what of it is given; structurally the rows of corpus and tasks. */
export type Problem = {
  /** [L], the answer included. */
  readonly tokens: Int32Array
  /** [L], 1: condition. */
  readonly given: Uint8Array
  /** [L]: what stands before anything is written, where that is not MASK: a text to be corrected. */
  readonly draft?: Int32Array
}
export type Judgement = { readonly correct: boolean; readonly parts: Readonly<Record<string, number>> }

export type ProblemSet = {
  /** sudoku@1: goes into every metric. */
  readonly task: string
  readonly problems: readonly Problem[]
  /** Judges what was written for problem `index`. */
  judge(index: number, written: Int32Array): Judgement
  /** Grows with what an ordered solver needs; absent where nobody knows. */
  difficulty?(index: number): number
  /** Of a correction: the text with its errors, the text that is wanted, and what was written. */
  edits?(index: number, written: Int32Array): Edits | null
  /** Of a correction: problem `index` answered by leaving everything as it is. */
  unchanged?(index: number): Int32Array
  /** Of a gap between two texts: what was written into it, and who says how likely that reads. */
  readonly gaps?: {
    filling(index: number, written: Int32Array): Filling
    readonly reader: () => Pick<Judge, 'order' | 'characterBits'>
  }
  /** End answers; none where all have one length. */
  readonly stopTokens: readonly number[]
  /** Tokens that no answer is made of: EOS and PAD. */
  readonly fillers: readonly number[]
}

/** What a sampler wrote, problem by problem. */
export type Answers = {
  readonly rows: readonly Int32Array[]
  /** Network evaluations that each answer took, whatever its neighbours in the batch. */
  readonly forwards: readonly number[]
  /** Query positions of each answer. */
  readonly tokenPositions: readonly number[]
}

/**
 * The canvas of a problem: what is not given is MASK, or the problem's draft. Never the answer: a sampler that revises would
 * take it for one.
 */
export const canvasOf = ({ tokens, given, draft }: Problem, mask: number): CanvasRow => ({
  tokens: draft ?? tokens.map((token, l) => (given[l] === 1 ? token : mask)),
  frozen: given,
})

/**
 * Writes an answer to every problem; rows share forwards, and each is charged those that it took part in.
 * @param options.batchSize answers written together; 16 when absent
 * @param options.onTrace gets the steps of the first answer
 * @returns null when `signal` fired
 */
export async function writeAnswers(
  model: Pick<LanguageModel, 'decode' | 'vocabulary'>,
  { sampler }: SweepPoint,
  { problems, stopTokens }: Pick<ProblemSet, 'problems' | 'stopTokens'>,
  options: {
    readonly seed: number
    readonly batchSize?: number
    readonly signal?: AbortSignal
    readonly onTrace?: (event: TraceEvent) => void
  },
): Promise<Answers | null> {
  if (problems.length === 0) throw new InputError('there are no problems to answer; pass at least one')
  const { seed, onTrace, signal, batchSize: size = 16 } = options
  const written = new Array<GeneratedRow>(problems.length)
  for (const batch of batchesOf(problems, size)) {
    if (signal?.aborted === true) return null
    const [first] = batch
    const decoding = model.decode({
      canvas: batch.map((index) => canvasOf(problems[index], model.vocabulary.mask)),
      sampler,
      // Rows are keyed by (seed, row of the batch): each batch needs a seed of its own.
      seed: createRng(seed).fork('answers', first).uint32s(1)[0],
      stopTokens,
      signal,
      traceRows: onTrace !== undefined && first === 0 ? [0] : [],
    })
    const { rows } = await drain(decoding, (event) => onTrace?.(event))
    if (rows.some(({ finish }) => finish === 'aborted')) return null
    batch.forEach((index, row) => {
      written[index] = rows[row]
    })
  }
  return {
    rows: written.map(({ tokens }) => tokens),
    forwards: written.map(({ forwards }) => forwards),
    tokenPositions: written.map(({ tokenPositions }) => tokenPositions),
  }
}

/** Places of the problems of each length, in their order: the rows of a request share a length. */
export function placesByLength(problems: readonly Problem[]): Map<number, number[]> {
  const byLength = new Map<number, number[]>()
  problems.forEach(({ tokens }, index) => {
    const alike = byLength.get(tokens.length)
    if (alike === undefined) byLength.set(tokens.length, [index])
    else alike.push(index)
  })
  return byLength
}

/** Places of the problems of each batch. */
function batchesOf(problems: readonly Problem[], size: number): number[][] {
  return [...placesByLength(problems).values()].flatMap((all) =>
    Array.from({ length: Math.ceil(all.length / size) }, (_, b) => all.slice(b * size, (b + 1) * size)),
  )
}

/** `failure`: what the verifier threw in place of a verdict; the answer then counts as wrong. */
export type Verdict = Judgement & { readonly failure?: string }

/** A verdict for every answer, also where the verifier throws: an answer that is dropped would count as none. */
export function judgeAnswers(
  rows: readonly Int32Array[],
  { judge }: Pick<ProblemSet, 'judge'>,
): readonly Verdict[] {
  return rows.map((row, index): Verdict => {
    try {
      return judge(index, row)
    } catch (error) {
      const failure = error instanceof Error ? error.message : String(error)
      return { correct: false, parts: {}, failure }
    }
  })
}

/** How often the verifier threw, in words; null when it never did. */
export function verifierFailures(verdicts: readonly Verdict[]): string | null {
  const failures = verdicts.flatMap(({ failure }) => failure ?? [])
  return failures.length === 0
    ? null
    : `the verifier threw on ${failures.length} of ${verdicts.length} answers, which count as wrong; first: ${failures[0].replace(/\s*\n\s*/g, ' ')}`
}

/** Tokens of an answer: positions that were not given, without what only fills. */
export function writtenTokens(row: Int32Array, { given }: Problem, fillers: readonly number[]): number {
  return row.reduce((n, token, l) => n + (given[l] === 0 && !fillers.includes(token) ? 1 : 0), 0)
}
