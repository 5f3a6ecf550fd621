/** @file Counts of pairs with the most frequent one at hand: a heap with lazy updates. */
import { createHeap } from './heap.ts'

export type PairQueue = {
  /** Adds `delta` (may be negative) to the count of a pair. */
  add(key: number, delta: number): void
  count(key: number): number
  /** The pair with the highest count, the smallest key among equals; null when no count is positive. */
  best(): number | null
}

type Entry = { readonly key: number; readonly count: number }

/**
 * Each change of a count enters the heap anew when `best` is asked, so an up-to-date entry of every pair is always in it;
 * entries whose count is no longer true are dropped when they surface.
 */
export function createPairQueue(): PairQueue {
  const counts = new Map<number, number>()
  const touched = new Set<number>()
  const heap = createHeap<Entry>((a, b) => a.count > b.count || (a.count === b.count && a.key < b.key))
  const flush = (): void => {
    for (const key of touched) {
      const count = counts.get(key) ?? 0
      if (count > 0) heap.push({ key, count })
      else counts.delete(key)
    }
    touched.clear()
  }
  return {
    add(key, delta) {
      counts.set(key, (counts.get(key) ?? 0) + delta)
      touched.add(key)
    },
    count: (key) => counts.get(key) ?? 0,
    best() {
      flush()
      for (let top = heap.first(); top !== undefined; top = heap.first()) {
        if (counts.get(top.key) === top.count) return top.key
        heap.pop()
      }
      return null
    },
  }
}
