/** @file Counts of pairs with the most frequent one at hand: a binary heap with lazy updates. */

export type PairQueue = {
  /** Adds `delta` (may be negative) to the count of a pair. */
  add(key: number, delta: number): void
  count(key: number): number
  /** The pair with the highest count, the smallest key among equals; null when no count is positive. */
  best(): number | null
}

type Entry = { readonly key: number; readonly count: number }

const before = (a: Entry, b: Entry): boolean => a.count > b.count || (a.count === b.count && a.key < b.key)

/**
 * Each change of a count enters the heap anew when `best` is asked, so an up-to-date entry of every pair is always in it;
 * entries whose count is no longer true are dropped when they surface.
 */
export function createPairQueue(): PairQueue {
  const counts = new Map<number, number>()
  const touched = new Set<number>()
  const heap: Entry[] = []
  const flush = (): void => {
    for (const key of touched) {
      const count = counts.get(key) ?? 0
      if (count > 0) push(heap, { key, count })
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
      while (heap.length > 0 && (counts.get(heap[0].key) ?? 0) !== heap[0].count) pop(heap)
      return heap.length > 0 ? heap[0].key : null
    },
  }
}

function push(heap: Entry[], entry: Entry): void {
  let i = heap.push(entry) - 1
  while (i > 0) {
    const parent = (i - 1) >> 1
    if (!before(entry, heap[parent])) break
    heap[i] = heap[parent]
    i = parent
  }
  heap[i] = entry
}

function pop(heap: Entry[]): void {
  const last = heap.pop()
  if (last === undefined || heap.length === 0) return
  let i = 0
  for (;;) {
    let child = 2 * i + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && before(heap[child + 1], heap[child])) child++
    if (!before(heap[child], last)) break
    heap[i] = heap[child]
    i = child
  }
  heap[i] = last
}
