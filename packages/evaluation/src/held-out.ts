/** @file Held-out rows as they are scored: their tokens, their characters, and which document each comes from. */
import type { Items } from '@trivium/schema'
import { type TokenBytes, tokenCounter } from './characters.ts'
import { fewestUnits } from './statistics/units.ts'

/** Rows that a likelihood is taken of, and what its bits are divided by. */
export type ScoredRows = {
  readonly rows: readonly Int32Array[]
  /** Characters of each row. */
  readonly characters: readonly number[]
  /** UTF-8 bytes of each row, where bits per byte are wanted too. */
  readonly bytes?: readonly number[]
  /** Label of the cluster of each row: rows of one document are alike. */
  readonly clusters: readonly number[]
  readonly unit: Items['unit']
}
/** `starts`: the first character of each row, as the text counts them. */
export type HeldOutRows = ScoredRows & { readonly starts: readonly number[] }

/** A text without enough documents is cut into so many stretches. */
const stretches = 12

/**
 * @param tokens the held-out text
 * @param starts first token of each row, ascending
 * @param documents where each document of the text begins, in characters
 */
export function scoredRows(
  tokens: Int32Array,
  { starts, length, documents }: { starts: readonly number[]; length: number; documents: readonly number[] },
  tokenizer: TokenBytes,
): HeldOutRows {
  const count = tokenCounter(tokenizer)
  const rows = starts.map((start) => tokens.slice(start, start + length))
  const counts = rows.map((row) => Array.from(row, count))
  const sum = (values: readonly number[]): number => values.reduce((all, v) => all + v, 0)
  let at = 0
  let before = 0
  const characterStarts = starts.map((start) => {
    for (; at < start; at++) before += count(tokens[at]).characters
    return before
  })
  return {
    rows,
    characters: counts.map((row) => sum(row.map(({ characters }) => characters))),
    bytes: counts.map((row) => sum(row.map(({ bytes }) => bytes))),
    starts: characterStarts,
    ...clustersOf(characterStarts, documents),
  }
}

/** The documents where the rows touch enough of them, else stretches of neighbouring rows. */
function clustersOf(
  starts: readonly number[],
  documents: readonly number[],
): Pick<ScoredRows, 'clusters' | 'unit'> {
  const owners = starts.map((from) => documents.filter((start) => start <= from).length)
  if (new Set(owners).size >= fewestUnits) return { clusters: owners, unit: 'documents' }
  const parts = Math.min(stretches, starts.length)
  return { clusters: starts.map((_, i) => Math.floor((i * parts) / starts.length)), unit: 'stretches' }
}

/** The characters of each row. */
export function rowTexts(text: string, { starts, characters }: HeldOutRows): string[] {
  const all = [...text]
  return starts.map((from, i) => all.slice(from, from + characters[i]).join(''))
}
