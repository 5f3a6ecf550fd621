/**
 * @file What of a text stands in the training text word for word: its longest match, and its 8-word windows. Both
 * indexes are built when first asked for (about a second for ten million characters).
 */
import { forEachWord } from './words.ts'

/** Words in one window of the overlap measure. */
export const windowWords = 8

export type TrainIndex = {
  /** All words of the training text, lower case. */
  readonly vocabulary: ReadonlySet<string>
  /**
   * Length, in symbols, of the longest run of `symbols` that occurs in the training text; 0 when it is shorter than
   * `shortest` (the judge knows those).
   */
  longestMatch(symbols: Uint8Array): number
  /** How many 8-word windows the words have, and how many of them the training text has too. */
  overlap(words: readonly string[]): { windows: number; known: number }
}

/** @param shortest k, the shortest match that `longestMatch` finds: all k-grams are chained by a hash. */
export function buildTrainIndex(text: string, symbols: Uint8Array, shortest: number): TrainIndex {
  const { ids, sequence } = numberWords(text)
  let windows: Float64Array | undefined
  let matcher: ((symbols: Uint8Array) => number) | undefined
  return {
    vocabulary: new Set(ids.keys()),
    longestMatch(sample) {
      matcher ??= chainMatcher(symbols, shortest)
      return matcher(sample)
    },
    overlap(words) {
      windows ??= hashWindows(sequence)
      const numbers = Int32Array.from(words, (word) => ids.get(word) ?? -1)
      let known = 0
      const count = Math.max(0, words.length - windowWords + 1)
      for (let i = 0; i < count; i++) {
        if (numbers.subarray(i, i + windowWords).includes(-1)) continue
        if (windows[slotOf(windows, windowHash(numbers, i))] !== 0) known++
      }
      return { windows: count, known }
    },
  }
}

function numberWords(text: string): { ids: Map<string, number>; sequence: Int32Array } {
  const lower = text.toLowerCase()
  const ids = new Map<string, number>()
  let sequence = new Int32Array(1024)
  let n = 0
  forEachWord(lower, (start, end) => {
    const word = lower.slice(start, end)
    let id = ids.get(word)
    if (id === undefined) {
      id = ids.size
      ids.set(word, id)
    }
    if (n === sequence.length) {
      const wider = new Int32Array(2 * n)
      wider.set(sequence)
      sequence = wider
    }
    sequence[n++] = id
  })
  return { ids, sequence: sequence.slice(0, n) }
}

/** 52-bit hashes of all windows in an open table. Two windows share one by chance once in about 10⁹ questions. */
function hashWindows(sequence: Int32Array): Float64Array {
  let length = 16
  while (length < 2 * sequence.length) length *= 2
  const table = new Float64Array(length)
  for (let i = 0; i + windowWords <= sequence.length; i++) {
    const hash = windowHash(sequence, i)
    table[slotOf(table, hash)] = hash
  }
  return table
}

function windowHash(numbers: Int32Array, from: number): number {
  let low = 0x811c9dc5
  let high = 0x01000193
  for (let i = from; i < from + windowWords; i++) {
    low = Math.imul(low ^ numbers[i], 0x01000193)
    low ^= low >>> 15
    high = Math.imul(high ^ numbers[i], 0x85ebca6b)
    high ^= high >>> 13
  }
  return (high >>> 12) * 2 ** 32 + (low >>> 0) + 1 // never 0, which marks an empty slot
}

function slotOf(table: Float64Array, hash: number): number {
  const mask = table.length - 1
  let slot = (hash % 2 ** 32) & mask
  while (table[slot] !== 0 && table[slot] !== hash) slot = (slot + 1) & mask
  return slot
}

const base = 0x01000193

function chainMatcher(train: Uint8Array, k: number): (sample: Uint8Array) => number {
  let bits = 10
  while (bits < 22 && 2 ** bits < train.length) bits++
  const shift = 32 - bits
  let leaving = 1
  for (let i = 1; i < k; i++) leaving = Math.imul(leaving, base)
  const roll = (symbols: Uint8Array, visit: (start: number, slot: number) => void): void => {
    let hash = 0
    for (let i = 0; i < symbols.length; i++) {
      if (i >= k) hash = (hash - Math.imul(leaving, symbols[i - k] + 1)) | 0
      hash = (Math.imul(hash, base) + symbols[i] + 1) | 0
      if (i >= k - 1) visit(i - k + 1, Math.imul(hash, 0x9e3779b1) >>> shift)
    }
  }
  const head = new Int32Array(2 ** bits) // start + 1 of the latest k-gram in the slot; 0: none
  const previous = new Int32Array(train.length)
  roll(train, (start, slot) => {
    previous[start] = head[slot]
    head[slot] = start + 1
  })
  return (sample) => {
    let longest = 0
    roll(sample, (start, slot) => {
      const room = sample.length - start
      for (let at = head[slot] - 1; at >= 0 && longest < room; at = previous[at] - 1) {
        // Only a candidate that also agrees one symbol beyond the record can break it.
        if (train[at + longest] !== sample[start + longest]) continue
        let length = 0
        while (length < room && at + length < train.length && train[at + length] === sample[start + length])
          length++
        if (length >= k && length > longest) longest = length
      }
    })
    return longest
  }
}
