/** @file Fill in the middle (Bavarian et al., 2207.14255): a gap is written behind both of its sides. */
import type { Vocabulary } from '@trivium/language-model'
import type { Rng } from '@trivium/random'
import { type AutoregressiveOptions, InputError } from '@trivium/schema'

export type FimOrder = 'psm' | 'spm'
type Sentinels = NonNullable<Vocabulary['fim']>

/** The order that training has more of; with as much of each, the prefix first. */
export const usualOrder = ({ fimSpm }: AutoregressiveOptions): FimOrder => (fimSpm > 0.5 ? 'spm' : 'psm')

/** Sentinels before the middle of a row. */
export const sentinels = 3

/** @throws InputError for a vocabulary without them */
export function fimSentinels({ fim }: Vocabulary): Sentinels {
  if (fim === undefined)
    throw new InputError('options.fimRate needs a tokenizer with the specials of fill-in-the-middle')
  return fim
}

/**
 * What stands before the middle. PSM: PRE prefix SUF suffix MID. SPM, the variant that shares its ending with PSM (section
 * 3): PRE SUF suffix MID prefix.
 */
export function fimLead(prefix: Int32Array, suffix: Int32Array, ids: Sentinels, order: FimOrder): number[] {
  return order === 'psm'
    ? [ids.prefix, ...prefix, ids.suffix, ...suffix, ids.middle]
    : [ids.prefix, ids.suffix, ...suffix, ids.middle, ...prefix]
}

/** Where a row's free positions are one gap with given text behind it: [from, end). Null when nothing is given behind. */
export function gapOf(given: Uint8Array): { from: number; end: number } | null {
  const from = given.indexOf(0)
  const end = given.indexOf(1, from)
  return from < 0 || end < 0 ? null : { from, end }
}

/** @throws InputError unless the row has one gap at most, and nothing is free behind the text that follows it */
export function refuseMoreGaps(given: Uint8Array, index: number): void {
  const gap = gapOf(given)
  if (gap !== null && given.indexOf(0, gap.end) >= 0)
    throw new InputError(
      `row ${index} has free positions in more than one place; fill-in-the-middle writes one gap between given texts: ask for one at a time, or use a diffusion model`,
    )
}

/** A training row: inputs behind BOS, and 1 where its token is learned. */
export type Arranged = { readonly tokens: Int32Array; readonly learned: Uint8Array }

/**
 * Text [L] → L tokens: a segment of it around a random middle, EOS (read, not learned: the end of a gap is its canvas'),
 * and what follows the segment in the text. Segments of all lengths are met, as canvases have any, and middles of each
 * order of magnitude as often: of evenly drawn ones most are so long that their suffix says nothing yet. The last four
 * tokens make room for the specials.
 */
export function arrangeText(
  text: Int32Array,
  vocabulary: Vocabulary,
  { fimSpm }: AutoregressiveOptions,
  rng: Rng,
): Arranged {
  const ids = fimSentinels(vocabulary)
  const room = text.length - sentinels - 1
  const n = room - rng.fork('rest').integer(Math.max(1, room - Math.min(room, shortestSegment) + 1))
  const size = Math.floor((n + 1) ** rng.fork('size').uniform())
  const a = rng.fork('place').integer(n - size + 1)
  const b = a + size
  const order = rng.fork('order').uniform() < fimSpm ? 'spm' : 'psm'
  const lead = fimLead(text.subarray(0, a), text.subarray(b, n), ids, order)
  const tokens = Int32Array.of(...lead, ...text.subarray(a, b), vocabulary.eos, ...text.subarray(n, room))
  const learned = Uint8Array.from(tokens, () => 1)
  const special = new Set([ids.prefix, ids.suffix, ids.middle])
  lead.forEach((token, i) => {
    if (special.has(token)) learned[i] = 0
  })
  learned[n + sentinels] = 0
  return { tokens, learned }
}

/** Below it a segment has no room for a gap between words. */
const shortestSegment = 16

/** A row with given text on both sides of a gap, [from, end) → L + 3 tokens of which the gap is learned. */
export function arrangeGap(
  row: Int32Array,
  { from, end }: { from: number; end: number },
  vocabulary: Vocabulary,
  order: FimOrder,
): Arranged {
  const lead = fimLead(row.subarray(0, from), row.subarray(end), fimSentinels(vocabulary), order)
  const tokens = Int32Array.of(...lead, ...row.subarray(from, end))
  const learned = new Uint8Array(tokens.length)
  learned.fill(1, lead.length)
  return { tokens, learned }
}
