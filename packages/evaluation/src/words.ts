/** @file Words of a text: validity against a vocabulary, distinct-n, self-BLEU-4. */

/**
 * A word is a run of letters, marks and digits, with apostrophes inside it, in lower case.
 * @param visit gets the start and the end of each word in UTF-16 units
 */
export function forEachWord(text: string, visit: (start: number, end: number) => void): void {
  let start = -1
  for (let i = 0; i < text.length; ) {
    const point = text.codePointAt(i) as number
    const next = i + (point > 0xffff ? 2 : 1)
    if (isWordPoint(point)) {
      if (start < 0) start = i
    } else if (start >= 0) {
      const apostrophe = point === 0x27 || point === 0x2019
      if (!(apostrophe && next < text.length && isWordPoint(text.codePointAt(next) as number))) {
        visit(start, i)
        start = -1
      }
    }
    i = next
  }
  if (start >= 0) visit(start, text.length)
}

/** Words of a text, lower case, in order. `inner` leaves out a word that touches an edge: it may have been cut. */
export function wordsOf(text: string, options: { inner?: boolean } = {}): string[] {
  const words: string[] = []
  forEachWord(text, (start, end) => {
    if (options.inner && (start === 0 || end === text.length)) return
    words.push(text.slice(start, end).toLowerCase())
  })
  return words
}

/** The word n-grams of one text, in order. */
export function wordGrams(words: readonly string[], n: number): string[] {
  return Array.from({ length: Math.max(0, words.length - n + 1) }, (_, i) => words.slice(i, i + n).join(' '))
}

/** Share of different grams among all grams of the texts (distinct-n, Li et al. 2016); NaN without grams. */
export function distinctShare(texts: readonly (readonly string[])[]): number {
  const seen = new Set<string>()
  let total = 0
  for (const grams of texts) {
    for (const gram of grams) seen.add(gram)
    total += grams.length
  }
  return seen.size / total
}

/** What BLEU-4 needs of a text: its words, and how often it has each 1- … 4-gram, at [n − 1]. */
export type BleuText = { readonly length: number; readonly grams: readonly ReadonlyMap<string, number>[] }

export function bleuText(words: readonly string[]): BleuText {
  const grams = [1, 2, 3, 4].map((n) => {
    const counts = new Map<string, number>()
    for (const gram of wordGrams(words, n)) counts.set(gram, (counts.get(gram) ?? 0) + 1)
    return counts
  })
  return { length: words.length, grams }
}

/**
 * BLEU-4 of each text against all the others (Zhu et al. 2018, Texygen): 1 means that its 1–4-grams all occur
 * elsewhere in the set. Zero matches count 0.1 (NLTK smoothing 1); lengths of n-grams that a text is too short for
 * are left out; the brevity penalty takes the closest other length. A text without words scores NaN.
 */
export function selfBleu4(texts: readonly BleuText[]): Float64Array {
  const precisions = texts.map(() => [] as number[])
  for (let n = 0; n < 4; n++) {
    const tables = texts.map(({ grams }) => grams[n])
    const most = twoLargest(tables)
    tables.forEach((table, t) => {
      let clipped = 0
      let total = 0
      for (const [gram, count] of table) {
        const { first, owner, second } = most.get(gram) as Largest
        clipped += Math.min(count, owner === t ? second : first)
        total += count
      }
      if (total > 0) precisions[t].push((clipped > 0 ? clipped : 0.1) / total)
    })
  }
  const lengths = texts.map(({ length }) => length)
  return Float64Array.from(texts, ({ length }, t) => {
    if (length === 0 || texts.length < 2) return Number.NaN
    const logMean = precisions[t].reduce((sum, p) => sum + Math.log(p), 0) / precisions[t].length
    return brevityPenalty(lengths, t) * Math.exp(logMean)
  })
}

type Largest = { first: number; owner: number; second: number }

/** For each gram its largest count in one text, that text, and the largest count in any other. */
function twoLargest(tables: readonly ReadonlyMap<string, number>[]): Map<string, Largest> {
  const most = new Map<string, Largest>()
  tables.forEach((table, t) => {
    for (const [gram, count] of table) {
      const known = most.get(gram)
      if (known === undefined) most.set(gram, { first: count, owner: t, second: 0 })
      else if (count > known.first) most.set(gram, { first: count, owner: t, second: known.first })
      else if (count > known.second) known.second = count
    }
  })
  return most
}

function brevityPenalty(lengths: readonly number[], t: number): number {
  let closest = Number.POSITIVE_INFINITY
  lengths.forEach((length, other) => {
    if (other === t) return
    const nearer = Math.abs(length - lengths[t]) - Math.abs(closest - lengths[t])
    if (nearer < 0 || (nearer === 0 && length < closest)) closest = length
  })
  return lengths[t] >= closest ? 1 : Math.exp(1 - closest / lengths[t])
}

const otherWordPoint = /[\p{L}\p{M}\p{N}]/u

function isWordPoint(point: number): boolean {
  if (point < 128) {
    const lower = point | 0x20
    return (lower >= 0x61 && lower <= 0x7a) || (point >= 0x30 && point <= 0x39)
  }
  return otherWordPoint.test(String.fromCodePoint(point))
}
