/** @file The legal word that a misspelt one most likely meant. */

/** Optimal string alignment distance of letters or tokens: insertions, deletions, substitutions, swaps of neighbours. */
export function editDistance(a: ArrayLike<string | number>, b: ArrayLike<string | number>): number {
  let [before, last] = [[] as number[], Array.from({ length: b.length + 1 }, (_, j) => j)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        row[j] = Math.min(row[j], before[j - 2] + 1)
    }
    before = last
    last = row
  }
  return last[b.length]
}

/** The nearest of `words`; null when none is nearer than two fifths of its letters. Case does not count. */
export function closest(word: string, words: readonly string[]): string | null {
  const near = words
    .map((w) => ({ w, d: editDistance(word.toLowerCase(), w.toLowerCase()) }))
    .filter(({ w, d }) => d <= Math.max(1, Math.floor(0.4 * Math.max(w.length, word.length))))
  near.sort((a, b) => a.d - b.d)
  return near[0]?.w ?? null
}

/** `; did you mean 'x'?`, or nothing. */
export function didYouMean(word: string, words: readonly string[]): string {
  const near = closest(word, words)
  return near === null ? '' : `; did you mean '${near}'?`
}
