/**
 * @file Checks against a language whose truth is known: they tell a good sample from a collapsed one, which a
 * likelihood alone cannot.
 */
import type { Rng } from '@trivium/random'
import { InputError } from '@trivium/schema'
import { type Measured, ratio, share } from './metrics/measure.ts'
import { wilson } from './statistics/share.ts'
import { fewestUnits } from './statistics/units.ts'

/** Row i is P(· | i); rows sum to 1; 0 is a transition that the language forbids. */
export type TransitionMatrix = readonly (readonly number[])[]

/**
 * How far the transitions of samples are from the true ones (nats, and total variation 0 … 1), weighted by how often
 * each state was left. Forbidden transitions count in `errorRates` and are left out here, where they would be ∞.
 * @throws InputError when no row has two tokens, or for a token that the matrix has not
 */
export function transitionDivergence(
  rows: readonly ArrayLike<number>[],
  truth: TransitionMatrix,
): { kl: number; tv: number; transitions: number } {
  const counts = countTransitions(rows, truth)
  const allowed = counts.map((row, i) => row.map((count, j) => (truth[i][j] > 0 ? count : 0)))
  const leaving = allowed.map((row) => row.reduce((sum, count) => sum + count, 0))
  const transitions = leaving.reduce((sum, count) => sum + count, 0)
  if (transitions === 0)
    throw new InputError(
      'transitionDivergence: the rows hold no permitted transition; pass rows of two or more tokens',
    )
  let kl = 0
  let distance = 0
  allowed.forEach((row, i) => {
    row.forEach((count, j) => {
      distance += Math.abs(count - leaving[i] * truth[i][j]) / 2
      if (count > 0) kl += count * Math.log(count / leaving[i] / truth[i][j])
    })
  })
  return { kl: kl / transitions, tv: distance / transitions, transitions }
}

/**
 * What `transitionDivergence` gives for as many rows of the true language: the floor that belongs on the chart.
 * KL's is near V(V − 1) / 2M nats for M transitions when all V² may occur.
 * @param sample draws one true row
 */
export function divergenceFloor(
  sample: (rng: Rng, length: number) => ArrayLike<number>,
  truth: TransitionMatrix,
  options: { rows: number; length: number; rng: Rng; repeats?: number },
): { kl: number; tv: number } {
  const { rows, length, rng, repeats = 20 } = options
  const floor = { kl: 0, tv: 0 }
  for (let r = 0; r < repeats; r++) {
    const drawn = Array.from({ length: rows }, (_, i) => sample(rng.fork('floor', r, i), length))
    const { kl, tv } = transitionDivergence(drawn, truth)
    floor.kl += kl / repeats
    floor.tv += tv / repeats
  }
  return floor
}

export type ErrorRate = Pick<Measured, 'value' | 'ci95' | 'n'>

/**
 * TER: share of transitions that the language forbids; SER: share of rows with any. TER's interval counts each row as one
 * cluster: errors come in clusters, and without any nothing tells how large those would be. Below `fewestUnits` rows there
 * is none.
 */
export function errorRates(
  rows: readonly ArrayLike<number>[],
  truth: TransitionMatrix,
): { ter: ErrorRate; ser: ErrorRate } {
  const errors = rows.map((row) => {
    let wrong = 0
    for (let i = 1; i < row.length; i++) if (truth[row[i - 1]]?.[row[i]] === 0) wrong++
    return wrong
  })
  const places = rows.map((row) => Math.max(0, row.length - 1))
  const n = places.reduce((sum, p) => sum + p, 0)
  if (n === 0) throw new InputError('errorRates: no row has a transition; pass rows of two or more tokens')
  const { value, ci95 } = share(errors, places)
  const bad = errors.filter((e) => e > 0).length
  return {
    ter: { value, ci95, n },
    ser: {
      value: bad / rows.length,
      ci95: rows.length < fewestUnits ? null : wilson(bad, rows.length),
      n: rows.length,
    },
  }
}

/**
 * −log p*(x) / L − entropy rate, nats a token, over the rows that the language permits. Positive: unlikely text.
 * NEGATIVE: text that is likelier than the language itself, which is collapse, not success; `collapsed` says that
 * the whole interval is below zero.
 * @param logProb log p*(row) in nats, −∞ for a row that cannot occur (those are counted apart)
 * @param entropyRate nats a token for rows of this length
 */
export function oracleGap(
  rows: readonly ArrayLike<number>[],
  logProb: (row: ArrayLike<number>) => number,
  entropyRate: number,
): Omit<Measured, 'value'> & { gap: number; collapsed: boolean; impossible: number } {
  const scored = rows.map((row) => ({ nats: -logProb(row), length: row.length }))
  const possible = scored.filter(({ nats }) => Number.isFinite(nats))
  if (possible.length === 0)
    throw new InputError(
      `oracleGap: none of ${rows.length} rows can occur in the language; see errorRates instead`,
    )
  const above = possible.map(({ nats, length }) => nats - length * entropyRate)
  const lengths = possible.map(({ length }) => length)
  const { value: gap, ...rest } = ratio(above, lengths)
  return {
    ...rest,
    gap,
    collapsed: rest.ci95 !== null && rest.ci95[1] < 0,
    impossible: rows.length - possible.length,
  }
}

function countTransitions(rows: readonly ArrayLike<number>[], truth: TransitionMatrix): number[][] {
  const counts = truth.map((row) => row.map(() => 0))
  for (const row of rows)
    for (let i = 0; i < row.length; i++) {
      if (truth[row[i]] === undefined)
        throw new InputError(`token ${row[i]} is outside the transition matrix of ${truth.length} states`)
      if (i > 0) counts[row[i - 1]][row[i]]++
    }
  return counts
}
