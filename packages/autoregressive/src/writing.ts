/** @file How a canvas row is written from left to right: what the network reads first, and where its tokens go. */
import type { RowState, Vocabulary } from '@trivium/language-model'

export type Writing = {
  readonly row: RowState
  /** What is read before the first written token, BOS first. */
  readonly lead: Int32Array
  /** Canvas positions that are written, [from, end). */
  readonly from: number
  readonly end: number
  /** The next of them. */
  next: number
}

/** A row behind its prompt, to the end of its canvas. */
export function behindPrompt(row: RowState, { bos }: Vocabulary): Writing {
  const lead = Int32Array.of(bos, ...row.tokens.subarray(0, row.tail))
  return { row, lead, from: row.tail, end: row.tokens.length, next: row.tail }
}

/** Inputs that the network can read: the lead and what is written. */
export const inputLength = ({ lead, from, next }: Writing): number => lead.length + next - from

/** Those from place `start` on. */
export function inputsFrom({ row, lead, from, next }: Writing, start: number): Int32Array {
  if (start >= lead.length) return row.tokens.subarray(from + start - lead.length, next)
  return Int32Array.of(...lead.subarray(start), ...row.tokens.subarray(from, next))
}
