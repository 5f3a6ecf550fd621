/**
 * @file Guesses of the tokens that follow, for one forward to verify. A guess stands where the model, with the random number
 * of that position, draws the same token; so the text is that of plain decoding whatever is guessed, and the distribution
 * with it (drafter-invariant speculation, 2408.07978).
 */
import type { Writing } from './writing.ts'

/** Guesses from the row's own text: what followed the same n-gram earlier, the latest time (LLMA 2304.04487). */
export function lookUp(text: Int32Array, { ngram, drafted }: { ngram: number; drafted: number }): Int32Array {
  for (let n = Math.min(ngram, text.length - 1); n >= Math.min(2, ngram); n--) {
    const start = lastBefore(text, n)
    if (start >= 0) return text.subarray(start + n, start + n + drafted)
  }
  return text.subarray(0, 0)
}

/** Where the last n tokens stood before, the latest time; −1 when nowhere. */
function lastBefore(text: Int32Array, n: number): number {
  const end = text.length - n
  for (let start = end - 1; start >= 0; start--) {
    let i = 0
    while (i < n && text[start + i] === text[end + i]) i++
    if (i === n) return start
  }
  return -1
}

/** What a row holds, in the order of reading; without the sentinels of a gap, whose n-grams are none of the text. */
export function textOf({ row, lead, from, next }: Writing, textSize: number): Int32Array {
  return Int32Array.of(...lead.filter((token) => token < textSize), ...row.tokens.subarray(from, next))
}
