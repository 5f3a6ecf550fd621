/** @file A binary heap: BPE takes the most frequent pair out of one in training, the earliest merge in encoding. */

export type Heap<T> = {
  readonly size: number
  push(item: T): void
  /** The first item, which stays; undefined when there is none. */
  first(): T | undefined
  /** The first item, taken out; undefined when there is none. */
  pop(): T | undefined
}

/** @param before whether `a` comes out ahead of `b` */
export function createHeap<T>(before: (a: T, b: T) => boolean): Heap<T> {
  const items: T[] = []
  return {
    get size() {
      return items.length
    },
    push(item) {
      let i = items.push(item) - 1
      while (i > 0) {
        const parent = (i - 1) >> 1
        if (!before(item, items[parent])) break
        items[i] = items[parent]
        i = parent
      }
      items[i] = item
    },
    first: () => items[0],
    pop() {
      const top = items[0]
      const last = items.pop()
      if (last === undefined || items.length === 0) return top
      let i = 0
      for (;;) {
        let child = 2 * i + 1
        if (child >= items.length) break
        if (child + 1 < items.length && before(items[child + 1], items[child])) child++
        if (!before(items[child], last)) break
        items[i] = items[child]
        i = child
      }
      items[i] = last
      return top
    },
  }
}
