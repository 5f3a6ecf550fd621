/** @file What every paradigm's decoding does alike: rows on their way, the stop rule, costs, events, an early stop. */
import { InputError } from '@trivium/schema'
import type {
  CanvasRow,
  Cost,
  GeneratedRow,
  Generation,
  GenerationRequest,
  TraceEvent,
  Vocabulary,
} from './contract.ts'
import { checkLogprobs, type LogprobNotes } from './logprobs.ts'
import { createTurns } from './turns.ts'

/** One row on its way. Samplers write to `tokens` and `confidence` in place. */
export type RowState = {
  /** Place in the request; keys the random numbers. */
  readonly index: number
  /** Given text, what is written so far, and MASK elsewhere. */
  readonly tokens: Int32Array
  readonly frozen: Uint8Array
  /** Probability of each shown token when it was written: 1 where frozen, 0 where nothing stands. */
  readonly confidence: Float32Array
  /** Where the free tail begins: behind the last frozen position. */
  readonly tail: number
  /** Forwards that this row took part in, and its query positions in them. */
  forwards: number
  tokenPositions: number
  /** As in the contract, of models that can tell. */
  overruled?: number
  /** Where the request asks for log-probabilities; `noteLogprobs` writes them. */
  readonly logprobs?: LogprobNotes
  /** Null as long as the row is being written. */
  finish: 'length' | 'stop' | 'converged' | null
}

/** The books of one request. */
export type Decoding = {
  readonly rows: readonly RowState[]
  /** Counts one network evaluation of these rows over so many query positions each, or of each. */
  countForward(rows: readonly RowState[], positions: number | readonly number[]): void
  /** The same for one that only put finished text into a cache. */
  countCommit(rows: readonly RowState[], positions: number): void
  /** Counts guessed tokens, and those of them that were kept. */
  countDrafts(drafted: number, accepted: number): void
  /** Notes that a token was written: the first one's time is kept. */
  countWritten(): void
  /** Whether a subscriber wants this row's events. */
  watches(row: RowState): boolean
  /** A snapshot of the row after a step that committed these positions. Only for rows that are watched. */
  event(row: RowState, step: number, committed: readonly number[], entropy?: Float32Array): TraceEvent
  /**
   * Ends the row where the contract's stop rule says so. Samplers that revise what they wrote ask when they are done,
   * others after each step.
   */
  cutAtStop(row: RowState): boolean
  /** Asked between two forwards: whether the request's signal has fired. Lets timers and messages in, now and then. */
  aborted(): Promise<boolean>
  /** Rows without a finish were aborted. */
  end(): Generation
}

/**
 * @param begin puts on a row's free positions what a sampler starts from; MASK when absent
 * @throws InputError when the request watches a row that it has not, or stops at a token that is none.
 */
export function startDecoding(
  request: GenerationRequest,
  vocabulary: Vocabulary,
  begin?: (row: RowState, canvas: CanvasRow) => void,
): Decoding {
  checkNames(request, vocabulary)
  const { canvas, signal } = request
  const stops = (request.stopTokens ?? []).map((stop) => (typeof stop === 'number' ? [stop] : stop))
  const start = performance.now()
  const cost: Cost = { forwards: 0, tokenPositions: 0, cacheCommits: 0, ms: 0, msFirstToken: 0 }
  const rows = canvas.map((row, index) => startRow(row, index, vocabulary.mask, request.logprobs))
  rows.forEach((row, r) => {
    begin?.(row, canvas[r])
  })
  const shown = new Map((request.traceRows ?? []).map((r) => [r, rows[r].tokens.slice()]))
  const countForward = (some: readonly RowState[], positions: number | readonly number[]): void => {
    cost.forwards += 1
    some.forEach((row, i) => {
      const own = typeof positions === 'number' ? positions : positions[i]
      cost.tokenPositions += own
      row.forwards += 1
      row.tokenPositions += own
    })
  }
  return {
    rows,
    countForward,
    countCommit(some, positions) {
      countForward(some, positions)
      cost.cacheCommits += 1
    },
    countDrafts(drafted, accepted) {
      if (drafted === 0) return
      cost.speculation ??= { drafted: 0, accepted: 0 }
      cost.speculation.drafted += drafted
      cost.speculation.accepted += accepted
    },
    countWritten() {
      if (cost.msFirstToken === 0) cost.msFirstToken = performance.now() - start
    },
    watches: ({ index }) => shown.has(index),
    event(row, step, committed, entropy) {
      const tokens = row.tokens.slice()
      const changed = differences(shown.get(row.index) as Int32Array, tokens)
      shown.set(row.index, tokens)
      return {
        row: row.index,
        step,
        forwards: cost.forwards,
        tMs: performance.now() - start,
        tokens,
        committed,
        changed,
        confidence: row.confidence.slice(),
        ...(entropy === undefined ? {} : { entropy: entropy.slice() }),
      }
    },
    cutAtStop: (row) => stops.length > 0 && cutRow(row, stops, vocabulary),
    aborted: createTurns(signal),
    end() {
      cost.ms = performance.now() - start
      return { rows: rows.map(endRow), cost }
    },
  }
}

/** What the repetition penalty looks at: text that stands at other positions of the row. */
export function textElsewhere(
  { tokens }: Pick<RowState, 'tokens'>,
  position: number,
  mask: number,
): Int32Array {
  return tokens.filter((token, i) => token !== mask && i !== position)
}

/** Runs a decoding to its end; `onEvent` sees what it yields on the way. */
export async function drain<E, R>(
  decoding: AsyncGenerator<E, R, void>,
  onEvent: (event: E) => void = () => {},
): Promise<R> {
  for (;;) {
    const next = await decoding.next()
    if (next.done === true) return next.value
    onEvent(next.value)
  }
}

function checkNames(
  { canvas, traceRows = [], stopTokens = [], logprobs }: GenerationRequest,
  { size, textSize }: Vocabulary,
): void {
  checkLogprobs(logprobs, textSize)
  const row = traceRows.find((r) => canvas[r] === undefined)
  if (row !== undefined)
    throw new InputError(`traceRows names row ${row}; the canvas has rows 0 … ${canvas.length - 1}`)
  if (stopTokens.some((stop) => typeof stop !== 'number' && stop.length === 0))
    throw new InputError('a stop sequence has no tokens; pass at least one')
  const stop = stopTokens.flat().find((token) => !Number.isInteger(token) || token < 0 || token >= size)
  if (stop !== undefined)
    throw new InputError(`the stop token ${stop} is not in the vocabulary (0 … ${size - 1})`)
}

function startRow({ tokens, frozen }: CanvasRow, index: number, mask: number, top?: number): RowState {
  return {
    index,
    tokens: tokens.map((token, i) => (frozen[i] === 1 ? token : mask)),
    frozen,
    confidence: Float32Array.from(frozen),
    tail: frozen.lastIndexOf(1) + 1,
    forwards: 0,
    tokenPositions: 0,
    finish: frozen.includes(0) ? null : 'length',
    ...(top !== undefined && { logprobs: { top, at: Array.from(tokens, () => null) } }),
  }
}

const endRow = ({
  tokens,
  finish,
  forwards,
  tokenPositions,
  overruled,
  logprobs,
}: RowState): GeneratedRow => ({
  tokens,
  finish: finish ?? 'aborted',
  forwards,
  tokenPositions,
  ...(overruled !== undefined && { overruled }),
  ...(logprobs !== undefined && { logprobs: logprobs.at }),
})

/** Whether all stands up to the end of a stop sequence in the free tail; if so what follows becomes PAD. */
function cutRow(row: RowState, stops: readonly (readonly number[])[], { mask, pad }: Vocabulary): boolean {
  const { tokens, confidence, tail, logprobs } = row
  const open = tokens.indexOf(mask)
  const stands = open < 0 ? tokens.length : open
  const endsAt = (stop: readonly number[], end: number): boolean =>
    end - stop.length >= tail && stop.every((token, i) => tokens[end - stop.length + i] === token)
  let end = tail + 1
  while (end <= stands && !stops.some((stop) => endsAt(stop, end))) end++
  if (end > stands) return false
  tokens.fill(pad, end)
  confidence.fill(0, end)
  logprobs?.at.fill(null, end)
  row.finish = 'stop'
  return true
}

/** Positions where two rows differ. */
function differences(a: Int32Array, b: Int32Array): number[] {
  const out: number[] = []
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) out.push(i)
  return out
}
