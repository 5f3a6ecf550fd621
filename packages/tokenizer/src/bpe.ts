/** @file Byte-level byte-pair encoding (Sennrich et al. 2016; bytes as in GPT-2): ids 0 … 255 are bytes, 256 + r is merge r. */
import { InputError } from '@trivium/schema'
import { splitPieces } from './pieces.ts'
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
    const ids = applyMerges(Int32Array.from(utf8Bytes(piece)), rankOf)
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
    bytes.push(joinBytes([bytes[left], bytes[right]]))
  })
  return bytes
}

/** Merges the pair of the lowest rank everywhere, then the next, until no pair of neighbours is a merge. */
function applyMerges(bytes: Int32Array, rankOf: ReadonlyMap<number, number>): Int32Array {
  let ids = bytes
  for (;;) {
    let best = Number.POSITIVE_INFINITY
    for (let i = 0; i + 1 < ids.length; i++) {
      const rank = rankOf.get(pairKey(ids[i], ids[i + 1]))
      if (rank !== undefined && rank < best) best = rank
    }
    if (best === Number.POSITIVE_INFINITY) return ids
    ids = mergeWhere(ids, (left, right) => rankOf.get(pairKey(left, right)) === best, 256 + best)
  }
}

/** `ids` with each pair that `isPair` accepts replaced by `merged`, from the left, without overlap. */
export function mergeWhere(
  ids: Int32Array,
  isPair: (left: number, right: number) => boolean,
  merged: number,
): Int32Array {
  const out = new Int32Array(ids.length)
  let n = 0
  for (let i = 0; i < ids.length; i++) {
    const hit = i + 1 < ids.length && isPair(ids[i], ids[i + 1])
    out[n++] = hit ? merged : ids[i]
    if (hit) i++
  }
  return out.slice(0, n)
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
