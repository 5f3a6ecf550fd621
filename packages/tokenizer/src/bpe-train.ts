/**
 * @file Learning BPE merges. Pair counts are kept up to date instead of recounted: a merge touches only the words that
 * hold its pair. Ties go to the smaller left id, then the smaller right id, so one text gives one vocabulary.
 */
import { type Merges, mergeWhere, pairKey } from './bpe.ts'
import { createPairQueue, type PairQueue } from './pair-queue.ts'
import { splitPieces } from './pieces.ts'
import { assertWellFormed, utf8Bytes } from './utf8.ts'

type Word = { ids: Int32Array; readonly count: number }

/**
 * Merges for `vocabSize` text tokens (256 bytes and vocabSize - 256 merges), fewer when no pair occurs twice.
 * @throws InputError when the text is not well formed
 */
export function trainBpe(text: string, vocabSize: number): Merges {
  assertWellFormed(text)
  const words = countWords(text)
  const queue = createPairQueue()
  const wordsOf = new Map<number, Set<number>>()
  const register = (word: number): void => {
    const { ids, count } = words[word]
    for (let i = 0; i + 1 < ids.length; i++) {
      const key = pairKey(ids[i], ids[i + 1])
      queue.add(key, count)
      const holders = wordsOf.get(key)
      if (holders) holders.add(word)
      else wordsOf.set(key, new Set([word]))
    }
  }
  words.forEach((_, word) => {
    register(word)
  })

  const merges: [number, number][] = []
  while (merges.length < vocabSize - 256) {
    const key = queue.best()
    if (key === null || queue.count(key) < 2) break
    const pair: [number, number] = [Math.floor(key / 65536), key % 65536]
    const merged = 256 + merges.push(pair) - 1
    for (const word of wordsOf.get(key) ?? []) {
      unregister(words[word], queue)
      words[word].ids = mergeWhere(words[word].ids, (a, b) => a === pair[0] && b === pair[1], merged)
      register(word)
    }
    wordsOf.delete(key)
  }
  return merges
}

/** The distinct pieces of a text with their counts, in order of first appearance. */
function countWords(text: string): Word[] {
  const counts = new Map<string, number>()
  for (const piece of splitPieces(text)) counts.set(piece, (counts.get(piece) ?? 0) + 1)
  return Array.from(counts, ([piece, count]) => ({ ids: Int32Array.from(utf8Bytes(piece)), count }))
}

function unregister({ ids, count }: Word, queue: PairQueue): void {
  for (let i = 0; i + 1 < ids.length; i++) queue.add(pairKey(ids[i], ids[i + 1]), -count)
}
