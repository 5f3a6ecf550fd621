/** @file Held-out rows as they are scored: their tokens, their characters, and which document each comes from. */
import type { Items } from '@trivium/schema'
import { type TokenBytes, tokenCounter } from './characters.ts'
import { fewestUnits } from './statistics/units.ts'

export type ScoredRow = {
  readonly tokens: Int32Array
  /** The characters that begin in the row, [from, to) of the text. */
  readonly from: number
  readonly to: number
  readonly bytes: number
}

export type ScoredRows = {
  readonly rows: readonly ScoredRow[]
  /** Label of the cluster of each row: rows of one document are alike. */
  readonly clusters: readonly number[]
  readonly unit: Exclude<Items['unit'], 'texts'>
}

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
): ScoredRows {
  const count = tokenCounter(tokenizer)
  let at = 0
  let characters = 0
  const rows = starts.map((start): ScoredRow => {
    for (; at < start; at++) characters += count(tokens[at]).characters
    const row = tokens.slice(start, start + length)
    const counts = Array.from(row, count)
    const held = counts.reduce((sum, c) => sum + c.characters, 0)
    return {
      tokens: row,
      from: characters,
      to: characters + held,
      bytes: counts.reduce((sum, c) => sum + c.bytes, 0),
    }
  })
  const owners = rows.map(({ from }) => documents.filter((start) => start <= from).length)
  if (new Set(owners).size >= fewestUnits) return { rows, clusters: owners, unit: 'documents' }
  const parts = Math.min(stretches, rows.length)
  return { rows, clusters: rows.map((_, i) => Math.floor((i * parts) / rows.length)), unit: 'stretches' }
}

/** The characters of each row. */
export function rowTexts(text: string, { rows }: ScoredRows): string[] {
  const characters = [...text]
  return rows.map(({ from, to }) => characters.slice(from, to).join(''))
}
