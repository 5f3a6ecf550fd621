/** @file Every row there is, for languages small enough to be enumerated. */

/** All rows of `length` tokens over `vocabSize`, in the order of `rowNumber`. */
export function allRows(vocabSize: number, length: number): Int32Array[] {
  return Array.from({ length: vocabSize ** length }, (_, n) =>
    Int32Array.from({ length }, (_, i) => Math.floor(n / vocabSize ** (length - 1 - i)) % vocabSize),
  )
}

/** Number of a row among all V^L rows: its tokens as digits, the first the highest. */
export function rowNumber(row: ArrayLike<number>, vocabSize: number): number {
  let n = 0
  for (let i = 0; i < row.length; i++) n = n * vocabSize + row[i]
  return n
}
