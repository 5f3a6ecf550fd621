/** @file How much the texts of a set repeat themselves and one another. */
import { distinctN, selfBleu4 } from '../words.ts'
import { type Measure, setGeometric, setShare } from './measure.ts'

export const distinct =
  (n: number): Measure =>
  ({ words }) =>
    setShare(words, (rows) => distinctN(rows, n))

/** Geometric mean over texts, as BLEU is one over its precisions: few rows of a set phrase would carry an arithmetic one. */
export const selfBleu: Measure = ({ words }) =>
  setGeometric(words, (rows) => {
    const logs = [...selfBleu4(rows)].filter(Number.isFinite).map(Math.log)
    return logs.reduce((sum, log) => sum + log, 0) / logs.length
  })

export const duplicateRate: Measure = ({ texts }) =>
  setShare(texts, (rows) => 1 - new Set(rows).size / rows.length)
