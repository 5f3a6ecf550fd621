/** @file Rows that are scored or trained on: checking them, stacking them, finding those that share a forward. */
import { InputError, Stopped } from '@trivium/schema'
import type { LikelihoodOptions, TokenBatch, Vocabulary } from './contract.ts'
import { createTurns } from './turns.ts'

/** @throws InputError unless every row has 1 … context tokens, all text, and its flags fit. */
export function checkRows(
  rows: readonly Int32Array[],
  { textSize }: Pick<Vocabulary, 'textSize'>,
  context: number,
  { given }: Pick<LikelihoodOptions, 'given'> = {},
): void {
  if (given !== undefined && given.length !== rows.length)
    throw new InputError(`given has ${given.length} rows of flags for ${rows.length} rows of tokens`)
  rows.forEach((row, r) => {
    if (row.length === 0 || row.length > context)
      throw new InputError(`row ${r} has ${row.length} tokens; the model scores 1 to ${context}`)
    const bad = row.findIndex((token) => token < 0 || token >= textSize)
    if (bad >= 0)
      throw new InputError(
        `row ${r} position ${bad} holds token ${row[bad]}, which is not text (0 … ${textSize - 1})`,
      )
    const flags = given?.[r]
    if (flags !== undefined && flags.length !== row.length)
      throw new InputError(`row ${r} has ${row.length} tokens and ${flags.length} given flags`)
  })
}

/**
 * Positions of each row that are scored: all that are not given.
 * @throws InputError for a row that has none.
 */
export function scoredPositions(
  rows: readonly Int32Array[],
  { given }: Pick<LikelihoodOptions, 'given'>,
): number[][] {
  return rows.map((row, r) => {
    const free = freePositions(row.length, given?.[r])
    if (free.length === 0)
      throw new InputError(`row ${r} has no tokens to score; pass at least one that is not given`)
    return free
  })
}

/** Positions that are not given, from left to right; all without flags. */
export function freePositions(length: number, given?: Uint8Array): number[] {
  const out: number[] = []
  for (let i = 0; i < length; i++) if (given === undefined || given[i] === 0) out.push(i)
  return out
}

/** Rows of one length as a batch. */
export function stackRows(rows: readonly Int32Array[]): TokenBatch {
  const length = rows[0].length
  const tokens = new Int32Array(rows.length * length)
  rows.forEach((row, b) => {
    tokens.set(row, b * length)
  })
  return { tokens, batch: rows.length, length }
}

/**
 * `equalLengthRanges` for a loop with a forward each.
 * @throws Stopped when the signal fired before one of them
 */
export async function* scoringRanges(
  n: number,
  lengthOf: (i: number) => number,
  { batchSize = 16, signal }: Pick<LikelihoodOptions, 'batchSize' | 'signal'>,
): AsyncGenerator<readonly [from: number, to: number], void> {
  const stopped = createTurns(signal)
  for (const range of equalLengthRanges(n, lengthOf, batchSize)) {
    if (await stopped()) throw new Stopped()
    yield range
  }
}

/**
 * Ranges [from, to) of neighbours that share a forward: at most `batchSize` items of one length. `lengthOf` gives the
 * tokens of item i of n.
 */
export function* equalLengthRanges(
  n: number,
  lengthOf: (i: number) => number,
  batchSize: number,
): Generator<readonly [from: number, to: number]> {
  for (let from = 0; from < n; ) {
    const length = lengthOf(from)
    let to = from + 1
    while (to < n && to - from < batchSize && lengthOf(to) === length) to++
    yield [from, to]
    from = to
  }
}

/**
 * Positions to learn in each row of a training batch [B]: L less those given.
 * @throws InputError for flags that do not fit, and for a row without a position to learn.
 */
export function freeCounts({
  batch,
  length,
  given,
}: Pick<TokenBatch, 'batch' | 'length' | 'given'>): number[] {
  if (given === undefined) return new Array<number>(batch).fill(length)
  if (given.length !== batch * length)
    throw new InputError(`given has ${given.length} flags for ${batch} rows of ${length} tokens`)
  return Array.from({ length: batch }, (_, b) => {
    const free = given.subarray(b * length, (b + 1) * length).reduce((n, flag) => n + (flag === 0 ? 1 : 0), 0)
    if (free === 0) throw new InputError(`row ${b} of the batch is given whole; leave it out of training`)
    return free
  })
}
