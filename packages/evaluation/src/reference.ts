/** @file What generated text is measured against, built once from the train and the held-out split. */
import { createRng } from '@trivium/random'
import { InputError } from '@trivium/schema'
import { type Judge, trainJudge } from './judge.ts'
import { countGrams, type GramCounts } from './ngrams.ts'
import { buildTrainIndex, type TrainIndex } from './train-index.ts'

export type QualityReference = {
  readonly judge: Judge
  readonly trainIndex: TrainIndex
  readonly train: string
  /** The training text as symbols of the judge's alphabet. */
  readonly trainSymbols: Uint8Array
  /** Held-out 1- … 4-gram counts, at [n − 1]. */
  readonly heldOutGrams: readonly GramCounts[]
  /** Held-out text that is *not* in `heldOutGrams`: rows of it are the fair reference. */
  readonly heldOutPieces: readonly string[]
  readonly seed: number
}

export type ReferenceOptions = {
  readonly train: string
  readonly heldOut: string
  /** Order of the judge; 7 when absent. */
  readonly judgeOrder?: number
  readonly seed?: number
}

const pieceLength = 4096

/**
 * About 4 s and 300 MB for ten million characters of English.
 * Of the held-out text, every fourth piece of 4096 characters is kept for rows and the rest makes the n-gram tables.
 * @throws InputError for an empty train or held-out text
 */
export function buildReference(options: ReferenceOptions): QualityReference {
  const { train, heldOut, judgeOrder = 7, seed = 1 } = options
  if (heldOut.length === 0)
    throw new InputError('there is no held-out text to compare with; pass the test split')
  const judge = trainJudge(train, { order: judgeOrder })
  const trainSymbols = judge.alphabet.encode(train)
  const { forRows, rest } = splitHeldOut(heldOut)
  const counted = rest.map((piece) => judge.alphabet.encode(piece))
  return {
    judge,
    train,
    trainIndex: buildTrainIndex(train, trainSymbols, judgeOrder + 1),
    trainSymbols,
    heldOutGrams: [1, 2, 3, 4].map((n) => countGrams(counted, n)),
    heldOutPieces: forRows,
    seed,
  }
}

/** Every fourth piece for rows, all of them where there are fewer than four; the others are counted. */
function splitHeldOut(heldOut: string): { forRows: string[]; rest: string[] } {
  const characters = [...heldOut]
  const pieces: string[] = []
  const size = Math.min(pieceLength, Math.ceil(characters.length / 4))
  for (let at = 0; at < characters.length; at += size) pieces.push(characters.slice(at, at + size).join(''))
  const forRows = pieces.filter((_, i) => i % 4 === 3)
  return { forRows: forRows.length > 0 ? forRows : pieces, rest: pieces.filter((_, i) => i % 4 !== 3) }
}

/** The most characters that a row of `heldOutTexts` can have. */
export function heldOutLimit(heldOut: string): number {
  return Math.max(...splitHeldOut(heldOut).forRows.map((piece) => [...piece].length))
}

/** @throws InputError when `heldOutTexts` would find no row of `length` characters in a held-out text */
export function checkHeldOut(heldOut: string, length: number): void {
  rowsOf(splitHeldOut(heldOut).forRows, length)
}

function rowsOf(pieces: readonly string[], length: number): string[] {
  const rows: string[] = []
  for (const piece of pieces) {
    const characters = [...piece]
    for (let at = 0; at + length <= characters.length; at += length)
      rows.push(characters.slice(at, at + length).join(''))
  }
  if (rows.length === 0)
    throw new InputError(
      `held-out pieces have no row of ${length} characters; shorten the rows or hold out more text`,
    )
  return rows
}

/**
 * `n` rows of `length` characters from the held-out pieces, without overlap, in random order.
 * @returns fewer rows when the held-out text has no more
 */
export function heldOutTexts(reference: QualityReference, n: number, length: number): string[] {
  const rows = rowsOf(reference.heldOutPieces, length)
  const order = createRng(reference.seed).fork('held-out-rows').permutation(rows.length)
  return Array.from(order.subarray(0, n), (i) => rows[i])
}
