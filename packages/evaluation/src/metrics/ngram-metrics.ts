/** @file Character n-grams of the whole set: their entropy, and their divergence to held-out text. */
import { countGrams, jensenShannon, sourceEntropy } from '../ngrams.ts'
import { type Measure, setStatistic } from './measure.ts'

/** H(4-grams of the source of the texts) / 4, bits/char. */
export const entropy: Measure = ({ symbols }) =>
  setStatistic(symbols, (rows) => sourceEntropy(countGrams(rows, 4)) / 4, [0, Number.POSITIVE_INFINITY])

/** Jensen–Shannon divergence of the n-grams to held-out text. */
export const divergence =
  (n: number): Measure =>
  ({ symbols }, { heldOutGrams }) =>
    setStatistic(symbols, (rows) => jensenShannon(countGrams(rows, n), heldOutGrams[n - 1]), [0, 1])
