/** @file How much the texts of a set repeat themselves and one another. */
import { bleuText, distinctShare, selfBleu4, wordGrams } from '../words.ts'
import { type Measure, setGeometric, setShare } from './measure.ts'

export const distinct =
  (n: number): Measure =>
  ({ words }) =>
    setShare(
      words.map((row) => wordGrams(row, n)),
      distinctShare,
    )

/**
 * Geometric mean over texts, as BLEU is one over its precisions: few rows of a set phrase would carry an arithmetic one.
 * Where a set holds hardly any repetition, what one more would do is not seen, and the interval is too narrow.
 */
export const selfBleu: Measure = ({ words }) =>
  setGeometric(words.map(bleuText), (rows) => {
    const logs = [...selfBleu4(rows)].filter(Number.isFinite).map(Math.log)
    return logs.reduce((sum, log) => sum + log, 0) / logs.length
  })

export const duplicateRate: Measure = ({ texts }) =>
  setShare(texts, (rows) => 1 - new Set(rows).size / rows.length)
