/**
 * @file Monte Carlo for every bound of discrete diffusion: one noisy row a draw, draws stratified, a standard error with the
 * mean. What a draw is and what it weighs is the bound's own.
 */
import {
  type Likelihood,
  type LikelihoodOptions,
  scoredPositions,
  scoringRanges,
} from '@trivium/language-model'
import { createRng, type Rng } from '@trivium/random'
import { type BoundType, InputError } from '@trivium/schema'

/** Cost in nats of every position [B·L] of rows of one length: of `targets` given the noisy `inputs` at their times [L]. */
export type PositionScorer = (
  inputs: readonly Int32Array[],
  targets: readonly Int32Array[],
  times: readonly Float64Array[],
) => Promise<Float32Array>

/** A noisy row; the draw's value is Σ weight · cost over the free positions. */
export type Draw = {
  readonly input: Int32Array
  readonly weights: Float64Array
  readonly times: Float64Array
}

export type Bound = {
  readonly name: BoundType
  /** Draw number `index` of `count` of a row whose positions `free` are to be scored. */
  draw(row: Int32Array, free: readonly number[], stratum: Stratum): Draw
  /** KL(q(x₁|x₀) ‖ prior) of a row with so many free positions, nats. */
  prior(free: number): number
}

/** Where a draw stands: one of `count` equal parts of (0, 1), and `u` places it there. */
export type Stratum = {
  readonly index: number
  readonly count: number
  readonly u: number
  readonly rng: Rng
}

/** A point of the stratum; `shift` takes another one of the strata, so that parts of a row need not move together. */
export function stratified({ index, count, u }: Stratum, shift: number = 0): number {
  return (((index + shift) % count) + u) / count
}

/**
 * Upper bound on −log p of each row. `stderr` pairs neighbouring strata, so it is unbiased up to the trend inside
 * a pair, which only makes it larger.
 * @throws InputError for fewer than two draws, or a row without positions to score.
 */
export async function estimateBound(
  rows: readonly Int32Array[],
  score: PositionScorer,
  options: LikelihoodOptions,
  { name, draw, prior }: Bound,
): Promise<Likelihood[]> {
  const { draws = 32, seed = 0 } = options
  if (!Number.isInteger(draws) || draws < 2)
    throw new InputError(`draws is ${draws}; the bound and its standard error need at least 2 draws a row`)
  const free = scoredPositions(rows, options)
  const rng = createRng(seed).fork('likelihood')
  const values = rows.map(() => new Float64Array(draws))
  const rowOf = (n: number): number => Math.floor(n / draws)
  const make = (n: number): Draw => {
    const [row, index] = [rowOf(n), n % draws]
    const own = rng.fork(row, index)
    return draw(rows[row], free[row], { index, count: draws, u: own.uniform(), rng: own })
  }
  // Draws of rows of one length share a forward.
  const length = (n: number): number => rows[rowOf(n)].length
  for await (const [from, to] of scoringRanges(rows.length * draws, length, options)) {
    const batch = Array.from({ length: to - from }, (_, b) => make(from + b))
    const costs = await score(
      batch.map(({ input }) => input),
      batch.map((_, b) => rows[rowOf(from + b)]),
      batch.map(({ times }) => times),
    )
    batch.forEach(({ input, weights }, b) => {
      let sum = 0
      for (const l of free[rowOf(from + b)])
        if (weights[l] !== 0) sum += weights[l] * costs[b * input.length + l]
      values[rowOf(from + b)][(from + b) % draws] = sum
    })
  }
  return rows.map((_, r) => toLikelihood(name, values[r], prior(free[r].length)))
}

function toLikelihood(bound: BoundType, values: Float64Array, prior: number): Likelihood {
  const n = values.length
  const diffusion = values.reduce((a, b) => a + b, 0) / n
  return {
    nats: diffusion + prior,
    kind: 'upper-bound',
    bound,
    stderr: pairedStandardError(values),
    draws: n,
    parts: { reconstruction: 0, diffusion, prior },
  }
}

/**
 * Standard error of the mean of one draw a stratum, by collapsed strata (Cochran, Sampling Techniques, §5A.12): each
 * pair of neighbours gives an estimate of its two variances. An odd last stratum borrows its neighbour's.
 */
function pairedStandardError(values: Float64Array): number {
  const n = values.length
  let sum = 0
  for (let i = 0; i + 1 < n; i += 2) sum += (values[i] - values[i + 1]) ** 2
  if (n % 2 === 1) sum += (values[n - 1] - values[n - 2]) ** 2 / 2
  return Math.sqrt(sum) / n
}
