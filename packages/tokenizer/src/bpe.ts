/** @file Byte-level byte-pair encoding (Sennrich et al. 2016; bytes as in GPT-2): ids 0 … 255 are bytes, 256 + r is merge r. */
import { InputError } from '@trivium/schema'
import { createHeap } from './heap.ts'
import { createPieceList, mergeAt } from './piece-list.ts'
import { longestToken, splitPieces } from './pieces.ts'
import { withSpecials } from './specials.ts'
import type { Tokenizer } from './types.ts'
import { assertWellFormed, bytesLabel, utf8Bytes, utf8Text } from './utf8.ts'

/** merges[r] = [left, right]: these two ids become id 256 + r. */
export type Merges = readonly (readonly [number, number])[]

/** Distinct pieces whose encoding is remembered; natural text repeats few pieces very often. */
const cacheLimit = 100_000

/** @throws InputError when a merge uses an id that does not exist before it, or repeats an earlier one */
export function createBpeTokenizer(merges: Merges, ends = false): Tokenizer {
  const bytesOf = tokenBytes(merges)
  const rankOf = new Map(merges.map(([left, right], rank) => [pairKey(left, right), rank]))
  if (rankOf.size !== merges.length)
    throw new InputError('the tokenizer is not valid: merges: one pair stands there twice')
  const cache = new Map<string, Int32Array>()
  const encodePiece = (piece: string): Int32Array => {
    const known = cache.get(piece)
    if (known) return known
    const ids = applyMerges(utf8Bytes(piece), rankOf)
    if (cache.size >= cacheLimit) cache.clear()
    cache.set(piece, ids)
    return ids
  }
  return withSpecials(
    {
      textSize: bytesOf.length,
      encode(text) {
        assertWellFormed(text)
        return concatenate(splitPieces(text).map(encodePiece))
      },
      decodeText: (ids) => utf8Text(joinBytes(ids.map((id) => bytesOf[id]))),
      textOf: (id) => bytesLabel(bytesOf[id]),
      bytesOf: (id) => bytesOf[id],
      toJSON: () => ({
        format: 'trivium-tokenizer',
        version: 1,
        type: 'bpe',
        merges: merges.map(([left, right]) => [left, right]),
      }),
    },
    ends,
  )
}

/** One number for a pair of ids below 65,536. */
export const pairKey = (left: number, right: number): number => left * 65536 + right

/** The bytes that each token stands for. */
function tokenBytes(merges: Merges): Uint8Array[] {
  const bytes: Uint8Array[] = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte))
  merges.forEach(([left, right], rank) => {
    const unknown = [left, right].find((id) => id >= bytes.length)
    if (unknown !== undefined)
      throw new InputError(
        `the tokenizer is not valid: merges.${rank}: token ${unknown} does not exist yet (0 … ${bytes.length - 1})`,
      )
    const length = bytes[left].length + bytes[right].length
    if (length > longestToken)
      throw new InputError(
        `the tokenizer is not valid: merges.${rank}: its token has ${length} bytes, and no piece of text has more than ${longestToken}`,
      )
    bytes.push(joinBytes([bytes[left], bytes[right]]))
  })
  return bytes
}

/**
 * Merges the pair of the lowest rank everywhere, from the left, then the next, until no pair of neighbours is a merge.
 * A merge only makes pairs of higher ranks, so one queue in the order (rank, position) meets them all in turn.
 */
function applyMerges(bytes: Uint8Array, rankOf: ReadonlyMap<number, number>): Int32Array {
  const list = createPieceList([bytes])
  const { ids, previous, next } = list
  const queue = createHeap<number>((a, b) => a < b)
  const add = (at: number): void => {
    if (at < 0 || next[at] < 0) return
    const rank = rankOf.get(pairKey(ids[at], ids[next[at]]))
    if (rank !== undefined) queue.push(rank * 2 ** 32 + at)
  }
  for (let i = 0; i < ids.length; i++) add(i)
  for (let entry = queue.pop(); entry !== undefined; entry = queue.pop()) {
    const rank = Math.floor(entry / 2 ** 32)
    const at = entry % 2 ** 32
    if (ids[at] < 0 || next[at] < 0 || rankOf.get(pairKey(ids[at], ids[next[at]])) !== rank) continue
    mergeAt(list, at, 256 + rank)
    add(previous[at])
    add(at)
  }
  return ids.filter((id) => id >= 0)
}

function concatenate(parts: readonly Int32Array[]): Int32Array {
  const out = new Int32Array(parts.reduce((n, part) => n + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((n, part) => n + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}
