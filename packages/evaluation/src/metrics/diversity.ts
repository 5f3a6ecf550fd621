/** @file How much the texts of a set repeat themselves and one another. */
import { wilson } from '../statistics.ts'
import { distinctN, selfBleu4 } from '../words.ts'
import { jackknifed, type Measure, mean } from './measure.ts'

export const distinct =
  (n: number): Measure =>
  ({ words }) =>
    jackknifed(words, (rows) => distinctN(rows, n), [0, 1])

/** The bootstrap draws scores: the references of each text stay fixed. */
export const selfBleu: Measure = ({ words }, reference) =>
  mean([...selfBleu4(words)].filter(Number.isFinite), reference)

export const duplicateRate: Measure = ({ texts }) => {
  const n = texts.length
  const repeats = n - new Set(texts).size
  const value = repeats / n
  return { value, ci95: wilson(repeats, n), stderr: Math.sqrt((value * (1 - value)) / n), n }
}
