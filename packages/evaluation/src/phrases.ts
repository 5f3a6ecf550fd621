/** @file Phrases that a text says more than once: what a sampler without a parameter stitches together. */
import { forEachWord } from './words.ts'

/** Words of a phrase, tried in this order: long ones are predictable to their end. */
const lengths = [5, 4, 3, 2, 1]
/** So many different phrases are enough: fewer would show in the entropy of the set. */
const enough = 16_384

/**
 * Different phrases of five words that recur in the text, as they stand there first; of fewer words where those are not enough, and
 * where no kind is, of the kind with the most.
 */
export function recurringPhrases(text: string): string[] {
  const [starts, ends, ids] = wordPlaces(text)
  let most: string[] = [text]
  for (const n of lengths) {
    const found = phrasesOf(text, { starts, ends, ids }, n)
    if (found.length >= enough) return found
    if (found.length > 0 && (most.length < found.length || most[0] === text)) most = found
  }
  return most
}

type Words = { readonly starts: Int32Array; readonly ends: Int32Array; readonly ids: Int32Array }

function phrasesOf(text: string, { starts, ends, ids }: Words, n: number): string[] {
  const count = Math.max(0, ids.length - n + 1)
  const hashes = Float64Array.from({ length: count }, (_, i) => hashOf(ids, i, n))
  const sorted = hashes.slice().sort()
  const recurring = new Set<number>()
  for (let i = 1; i < count; i++) if (sorted[i] === sorted[i - 1]) recurring.add(sorted[i])
  const phrases: string[] = []
  for (let i = 0; i < count; i++)
    if (recurring.delete(hashes[i])) phrases.push(text.slice(starts[i], ends[i + n - 1]))
  return phrases
}

/** 52 bits: two different runs share them by chance once in about 10⁹ questions. */
function hashOf(ids: Int32Array, from: number, n: number): number {
  let [low, high] = [0x811c9dc5, 0x01000193]
  for (let i = from; i < from + n; i++) {
    low = Math.imul(low ^ ids[i], 0x01000193)
    low ^= low >>> 15
    high = Math.imul(high ^ ids[i], 0x85ebca6b)
    high ^= high >>> 13
  }
  return (high >>> 12) * 2 ** 32 + (low >>> 0)
}

function wordPlaces(text: string): [Int32Array, Int32Array, Int32Array] {
  const [starts, ends, ids]: [number[], number[], number[]] = [[], [], []]
  const known = new Map<string, number>()
  forEachWord(text, (start, end) => {
    const word = text.slice(start, end)
    const id = known.get(word) ?? known.size
    known.set(word, id)
    starts.push(start)
    ends.push(end)
    ids.push(id)
  })
  return [Int32Array.from(starts), Int32Array.from(ends), Int32Array.from(ids)]
}
