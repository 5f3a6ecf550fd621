/**
 * @file Learning BPE merges. Where each pair stands is known and its count is kept up to date, so a merge costs what it
 * changes: all merges together touch each byte of the distinct pieces a few times, however large the vocabulary.
 */
import { type Merges, pairKey } from './bpe.ts'
import { createPairQueue, type PairQueue } from './pair-queue.ts'
import { createPieceList, mergeAt, type PieceList } from './piece-list.ts'
import { splitPieces } from './pieces.ts'
import { assertWellFormed, utf8Bytes } from './utf8.ts'

/** Called about a hundred times: merges that are learned, and at most to be learned. */
export type BpeProgress = (done: number, total: number) => void

/**
 * Merges for `vocabSize` text tokens (256 bytes and vocabSize - 256 merges), fewer when no pair occurs twice. The most
 * frequent pair first, overlaps counted; ties go to the smaller left id, then the smaller right id.
 * @param queue counts the pairs; a test listens in
 * @throws InputError when the text is not well formed
 */
export function trainBpe(
  text: string,
  vocabSize: number,
  onProgress?: BpeProgress,
  queue: PairQueue = createPairQueue(),
): Merges {
  assertWellFormed(text)
  const total = vocabSize - 256
  onProgress?.(0, total)
  const pairs = countPairs(text, queue)
  const merges: [number, number][] = []
  const every = Math.ceil(total / 100)
  while (merges.length < total) {
    const key = queue.best()
    if (key === null || queue.count(key) < 2) break
    const pair: [number, number] = [Math.floor(key / 65536), key % 65536]
    mergePair(pairs, pair, 256 + merges.push(pair) - 1)
    if (merges.length % every === 0) onProgress?.(merges.length, total)
  }
  // Fewer pairs than asked for, or a total that the steps of a hundredth do not meet.
  if (merges.length < total || total % every > 0) onProgress?.(total, total)
  return merges
}

type Pairs = {
  readonly list: PieceList
  /** How often the piece of a position occurs in the text. */
  readonly weight: Int32Array
  /**
   * Where a pair stands (its left token), in order. Some positions may have changed meanwhile; none can come back to an
   * earlier pair, since every merge brings a token that is new.
   */
  readonly places: Map<number, number[]>
  readonly queue: PairQueue
}

function countPairs(text: string, queue: PairQueue): Pairs {
  const counts = new Map<string, number>()
  for (const piece of splitPieces(text)) counts.set(piece, (counts.get(piece) ?? 0) + 1)
  const pieces = Array.from(counts.keys(), utf8Bytes)
  const list = createPieceList(pieces)
  const weight = new Int32Array(list.ids.length)
  let start = 0
  for (const [i, count] of [...counts.values()].entries()) {
    weight.fill(count, start, start + pieces[i].length)
    start += pieces[i].length
  }
  const pairs = { list, weight, places: new Map<number, number[]>(), queue }
  for (let i = 0; i < list.ids.length; i++) if (list.next[i] >= 0) add(pairs, i)
  return pairs
}

/** Merges a pair wherever it stands, from the left and without overlap. */
function mergePair(pairs: Pairs, [left, right]: readonly [number, number], merged: number): void {
  const { list, places } = pairs
  const { ids, previous, next } = list
  const key = pairKey(left, right)
  for (const at of places.get(key) ?? []) {
    if (ids[at] !== left || next[at] < 0 || ids[next[at]] !== right) continue
    const before = previous[at]
    if (before >= 0) remove(pairs, before)
    remove(pairs, at)
    if (next[next[at]] >= 0) remove(pairs, next[at])
    mergeAt(list, at, merged)
    if (before >= 0) add(pairs, before)
    if (next[at] >= 0) add(pairs, at)
  }
  places.delete(key)
}

/** Counts the pair that begins at a position. */
function add({ list: { ids, next }, weight, places, queue }: Pairs, at: number): void {
  const key = pairKey(ids[at], ids[next[at]])
  queue.add(key, weight[at])
  const known = places.get(key)
  if (known) known.push(at)
  else places.set(key, [at])
}

function remove({ list: { ids, next }, weight, queue }: Pairs, at: number): void {
  queue.add(pairKey(ids[at], ids[next[at]]), -weight[at])
}
