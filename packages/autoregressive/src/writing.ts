/** @file How a canvas row is written from left to right: what the network reads first, and where its tokens go. */
import { promptLength, type RowState, type Vocabulary } from '@trivium/language-model'
import { InputError } from '@trivium/schema'
import { type FimOrder, fimLead, fimSentinels, gapOf, refuseMoreGaps, sentinels } from './fim.ts'
import type { Network } from './network.ts'

export type Writing = {
  readonly row: RowState
  /** What is read before the first written token, BOS first. */
  readonly lead: Int32Array
  /** Canvas positions that are written, [from, end). */
  readonly from: number
  readonly end: number
  /** The next of them. */
  next: number
  /** Guesses of the tokens behind the next one, logits of one head after the other, from the last forward. */
  heads: Float32Array | null
}

/**
 * A row behind its prompt to the end of its canvas, or behind both sides of its gap.
 * @throws InputError for a gap without fill-in-the-middle training, for more than one, and where the sentinels do not fit
 */
export function writingOf(row: RowState, network: Network, order: FimOrder): Writing {
  const { vocabulary } = network
  const gap = promptLength(row) === null ? gapBetween(row, network) : null
  const { from, end } = gap ?? { from: row.tail, end: row.tokens.length }
  const [prefix, suffix] = [row.tokens.subarray(0, from), row.tokens.subarray(end)]
  const given = gap === null ? prefix : fimLead(prefix, suffix, fimSentinels(vocabulary), order)
  return { row, lead: Int32Array.of(vocabulary.bos, ...given), from, end, next: from, heads: null }
}

/** The same behind its prefix alone: what is given behind a gap is not read. */
export function prefixWriting(row: RowState, { bos }: Vocabulary): Writing {
  const { from, end } = gapOf(row.frozen) ?? { from: row.tail, end: row.tokens.length }
  const lead = Int32Array.of(bos, ...row.tokens.subarray(0, from))
  return { row, lead, from, end, next: from, heads: null }
}

function gapBetween(
  { frozen, index }: RowState,
  { options, backbone }: Network,
): { from: number; end: number } | null {
  if (!frozen.includes(0)) return null
  if (options.fimRate === 0)
    throw new InputError(
      `canvas row ${index} has given text after a gap: an autoregressive model without fill-in-the-middle training writes only after a prompt; take the sampler best-of, train with options.fimRate above 0, or use a diffusion model to infill`,
    )
  refuseMoreGaps(frozen, index)
  if (frozen.length + sentinels > backbone.context)
    throw new InputError(
      `canvas length ${frozen.length} leaves no room for the ${sentinels} sentinels of a gap in the model's context ${backbone.context}; shorten it to ${backbone.context - sentinels}`,
    )
  return gapOf(frozen)
}

/** Inputs that the network can read: the lead and what is written. */
export const inputLength = ({ lead, from, next }: Writing): number => lead.length + next - from

/** Those from place `start` on. */
export function inputsFrom({ row, lead, from, next }: Writing, start: number): Int32Array {
  if (start >= lead.length) return row.tokens.subarray(from + start - lead.length, next)
  return Int32Array.of(...lead.subarray(start), ...row.tokens.subarray(from, next))
}
