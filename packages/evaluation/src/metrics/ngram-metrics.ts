/** @file Character n-grams of the whole set: their entropy, and their divergence to held-out text. */
import { countGrams, gramEntropy, jensenShannon } from '../ngrams.ts'
import { jackknifed, type Measure } from './measure.ts'

/** H(4-grams of all the texts) / 4, bits/char: biased low by the sample's size, so compare equal sizes. */
export const entropy: Measure = ({ symbols }) =>
  jackknifed(symbols, (rows) => gramEntropy(countGrams(rows, 4)) / 4, [0, 8])

/** Jensen–Shannon divergence of the n-grams to held-out text. */
export const divergence =
  (n: number): Measure =>
  ({ symbols }, { heldOutGrams }) =>
    jackknifed(symbols, (rows) => jensenShannon(countGrams(rows, n), heldOutGrams[n - 1]), [0, 1])
