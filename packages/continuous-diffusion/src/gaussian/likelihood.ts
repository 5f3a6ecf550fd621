/**
 * @file The variational bound of a row in nats (Kingma et al. 2021, 2107.00630, eqs. 11–17; Plaid, 2305.18619):
 * Σ { CE(γ₀) + ½∫_{γ₀}^{γ₁} e^{−γ}‖x − x̂‖² dγ } + KL(q(z_γ₁|x) ‖ N(0, I)), by Monte Carlo.
 * CE(γ₀) is −log p(x | z_γ₀) of the decoder that the network is; the integral is the T → ∞ limit of the KL terms.
 */
import {
  type Likelihood,
  type LikelihoodOptions,
  scoredPositions,
  scoringRanges,
} from '@trivium/language-model'
import { createRng, type Rng } from '@trivium/random'
import { alphaOf, type NoiseSchedule, priorKl, sigmaOf } from './process.ts'
import { nll } from './reading.ts'
import type { CleanStates, Condition, Estimate, StateSpace } from './space.ts'

/** One noisy copy of a row to push through the network. `weight` is 1/density for the integral, 0 for CE(γ₀). */
type Draw = { readonly row: number; readonly gamma: number; readonly weight: number; readonly rng: Rng }

/** Share of the draws that estimate the reconstruction term; it is small and varies little. */
const reconstructionShare = 1 / 8

/**
 * The bound of each row, kind 'upper-bound', with its three parts. γ is stratified over `schedule` within a row and
 * weighted with 1/density, so the expectation does not depend on the schedule. A self-conditioned network gets two
 * passes on the same z, or `passes`, each with the estimate of the one before and all charged: any x̂ of z and γ gives a
 * bound. `draws` (32) noisy copies a row, at least 4.
 *
 * What given positions fix is pinned clean at γ₀ and only the rest has terms: the bound of −log p(rest | given) under the
 * process that noises the rest alone.
 * @throws InputError for a row with nothing to score.
 */
export async function stateBound(
  space: StateSpace,
  schedule: NoiseSchedule,
  rows: readonly Int32Array[],
  options: LikelihoodOptions = {},
): Promise<Likelihood[]> {
  const { draws = 32, seed = 0 } = options
  const passes = passesOf(space, options)
  scoredPositions(rows, options)
  const conditions = rows.map((tokens, r) => ({
    tokens,
    given: options.given?.[r] ?? new Uint8Array(tokens.length),
  }))
  const plan = rows.flatMap((_, row) =>
    planRow(schedule, row, draws, createRng(seed).fork('gaussian-vlb', row)),
  )
  const values = new Float64Array(plan.length)
  const free = new Int32Array(rows.length)
  // Draws of rows of one length share a forward.
  const length = (n: number): number => rows[plan[n].row].length
  for await (const [from, to] of scoringRanges(plan.length, length, options)) {
    const part = plan.slice(from, to)
    const scored = await evaluate(space, { gammaMin: schedule.gammaMin, passes }, part, conditions)
    values.set(scored.values, from)
    part.forEach(({ row }, b) => {
      free[row] = scored.free[b]
    })
  }
  const perRow = plan.length / Math.max(1, rows.length)
  const prior = priorKl(schedule.gammaMax, space.dim, space.squaredNorm)
  return rows.map((_, r) => ({
    ...summarise(
      plan.slice(r * perRow, (r + 1) * perRow),
      values.subarray(r * perRow, (r + 1) * perRow),
      free[r] * prior,
    ),
    forwards: perRow * passes,
  }))
}

/** A self-conditioned network is asked twice for each draw, or as often as is wanted: first without an estimate. */
const passesOf = ({ selfConditioned }: StateSpace, { passes = 2 }: LikelihoodOptions): number =>
  selfConditioned ? passes : 1

/** How a noisy copy is looked at: what is fixed stands at `gammaMin`; forwards on one z. */
type Look = { readonly gammaMin: number; readonly passes: number }

function planRow(schedule: NoiseSchedule, row: number, draws: number, rng: Rng): Draw[] {
  // Two of each at least, or there is no standard error.
  const reconstruction = Math.max(2, Math.round(draws * reconstructionShare))
  const diffusion = Math.max(2, draws - reconstruction)
  const jitter = rng.fork('gamma').uniforms(diffusion)
  return Array.from({ length: reconstruction + diffusion }, (_, k) => {
    const noise = rng.fork('noise', k)
    if (k < reconstruction) return { row, gamma: schedule.gammaMin, weight: 0, rng: noise }
    const gamma = schedule.quantile((k - reconstruction + jitter[k - reconstruction]) / diffusion)
    return { row, gamma, weight: 1 / schedule.density(gamma), rng: noise }
  })
}

/**
 * The summand of each draw: CE(γ₀) over the tokens of its row that are not given, or ½e^{−γ}‖x − x̂‖²/density over the
 * states that these do not fix; and how many of those there are.
 */
async function evaluate(
  space: StateSpace,
  look: Look,
  draws: readonly Draw[],
  conditions: readonly Condition[],
): Promise<{ values: Float64Array; free: number[] }> {
  const rows = draws.map(({ row }) => conditions[row])
  const states = await space.encode(rows)
  const estimate = await estimateNoisy(space, look, draws, rows, states)
  const reading = draws.some(({ weight }) => weight === 0) ? await estimate.read() : null
  const length = states.fixed.length / draws.length
  const values = draws.map(({ gamma, weight }, b) =>
    weight === 0 && reading !== null
      ? crossEntropy(reading.logits, space.textSize, rows[b], b)
      : 0.5 * Math.exp(-gamma) * weight * squaredError(states, estimate.mean, b, length),
  )
  const free = draws.map((_, b) => countFree(states.fixed.subarray(b * length, (b + 1) * length)))
  return { values: Float64Array.from(values), free }
}

/** Where a noisy copy of a row stands, and what its noise is keyed by. */
export type NoisyCopy = { readonly gamma: number; readonly rng: Rng }

/** x̂ of noisy copies of rows, after all passes on the same z; fixed states stand clean at gammaMin. */
export async function estimateNoisy(
  space: StateSpace,
  { gammaMin, passes }: Look,
  copies: readonly NoisyCopy[],
  rows: readonly Condition[],
  { clean, fixed }: CleanStates,
): Promise<Estimate> {
  const { dim } = space
  const states = fixed.length / copies.length
  const z = new Float32Array(clean.length)
  const levels = new Float32Array(fixed.length)
  copies.forEach(({ gamma, rng }, b) => {
    const noise = rng.normals(states * dim)
    for (let n = 0; n < states; n++) {
      const i = b * states + n
      const level = fixed[i] === 1 ? gammaMin : gamma
      const alpha = alphaOf(level)
      const sigma = fixed[i] === 1 ? 0 : sigmaOf(level)
      levels[i] = level
      for (let k = 0; k < dim; k++) z[i * dim + k] = alpha * clean[i * dim + k] + sigma * noise[n * dim + k]
    }
  })
  let estimate = await space.pass({ rows, z, gamma: levels, selfCondition: null })
  for (let pass = 1; pass < passes; pass++)
    estimate = await space.pass({ rows, z, gamma: levels, selfCondition: estimate.mean })
  return estimate
}

/** −log p of the tokens of row b that are not given, nats. */
export function crossEntropy(
  logits: Float32Array,
  textSize: number,
  { tokens, given }: Condition,
  b: number,
): number {
  let total = 0
  tokens.forEach((token, l) => {
    if (given[l] === 0) total += nll(logits, b * tokens.length + l, textSize, token)
  })
  return total
}

/** ‖x − x̂‖² over the states of copy b that are not fixed. */
export function squaredError(
  { clean, fixed }: CleanStates,
  mean: Float32Array,
  b: number,
  states: number,
): number {
  const dim = clean.length / fixed.length
  let total = 0
  for (let i = b * states; i < (b + 1) * states; i++) {
    if (fixed[i] === 1) continue
    for (let k = i * dim; k < (i + 1) * dim; k++) total += (clean[k] - mean[k]) ** 2
  }
  return total
}

const countFree = (fixed: Uint8Array): number => fixed.reduce((n, flag) => n + (flag === 0 ? 1 : 0), 0)

/** Means of both terms, and their errors. */
function summarise(draws: readonly Draw[], values: Float64Array, prior: number): Likelihood {
  const reconstruction = meanAndError(values.filter((_, k) => draws[k].weight === 0))
  const diffusion = meanAndError(values.filter((_, k) => draws[k].weight > 0))
  return {
    nats: reconstruction.mean + diffusion.mean + prior,
    kind: 'upper-bound',
    bound: 'gaussian-vlb',
    stderr: Math.hypot(reconstruction.error, diffusion.error),
    draws: draws.length,
    parts: { reconstruction: reconstruction.mean, diffusion: diffusion.mean, prior },
    information: draws.flatMap(({ gamma, weight }, k) =>
      weight > 0 ? [{ gamma, nats: values[k] / weight }] : [],
    ),
  }
}

/**
 * The error is from successive differences: neighbouring strata differ little in γ, so what differs is the noise
 * (for independent draws it is the usual estimate).
 */
function meanAndError(values: Float64Array): { mean: number; error: number } {
  const n = values.length
  const mean = values.reduce((a, b) => a + b, 0) / n
  let differences = 0
  for (let k = 1; k < n; k++) differences += (values[k] - values[k - 1]) ** 2
  return { mean, error: Math.sqrt(differences / (2 * (n - 1) * n)) }
}
