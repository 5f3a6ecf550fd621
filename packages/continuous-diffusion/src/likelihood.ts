/**
 * @file The variational bound of a row in nats (Kingma et al. 2021, 2107.00630, eqs. 11–17; Plaid, 2305.18619):
 * Σ_ℓ { CE_ℓ(γ₀) + ½∫_{γ₀}^{γ₁} e^{−γ}‖e − x̂‖² dγ } + L·KL(q(z_γ₁|x) ‖ N(0, I)), by Monte Carlo.
 * CE(γ₀) is −log p(x | z_γ₀) of the decoder that the network is; the integral is the T → ∞ limit of the KL terms.
 */
import {
  type Likelihood,
  type LikelihoodOptions,
  scoredPositions,
  scoringRanges,
} from '@trivium/language-model'
import { createRng, type Rng } from '@trivium/random'
import { type Denoiser, nll, predict } from './denoiser.ts'
import { alphaOf, type NoiseSchedule, priorKl, sigmaOf } from './process.ts'

/** One noisy copy of a row to push through the network. `weight` is 1/density for the integral, 0 for CE(γ₀). */
type Draw = { readonly row: number; readonly gamma: number; readonly weight: number; readonly rng: Rng }

/** Share of the draws that estimate the reconstruction term; it is small and varies little. */
const reconstructionShare = 1 / 8

/**
 * The bound of each row, kind 'upper-bound', with its three parts. γ is stratified over `schedule` within a row and
 * weighted with 1/density, so the expectation does not depend on the schedule. A self-conditioned denoiser gets two
 * passes on the same z. `draws` (32) noisy copies a row, at least 4.
 *
 * Given positions are pinned clean at γ₀ and only the others have terms: the bound of −log p(rest | given) under the
 * process that noises the rest alone.
 * @throws InputError for a row with nothing to score.
 */
export async function gaussianBound(
  denoiser: Denoiser,
  schedule: NoiseSchedule,
  rows: readonly Int32Array[],
  options: LikelihoodOptions = {},
): Promise<Likelihood[]> {
  const { draws = 32, seed = 0 } = options
  const free = scoredPositions(rows, options)
  const plan = rows.flatMap((_, row) =>
    planRow(schedule, row, draws, createRng(seed).fork('gaussian-vlb', row)),
  )
  const values = new Float64Array(plan.length)
  // Draws of rows of one length share a forward.
  const length = (n: number): number => rows[plan[n].row].length
  for await (const [from, to] of scoringRanges(plan.length, length, options))
    values.set(await evaluate(denoiser, schedule.gammaMin, plan.slice(from, to), rows, free), from)
  const perRow = plan.length / Math.max(1, rows.length)
  return free.map((positions, r) => {
    const prior = positions.length * priorKl(schedule.gammaMax, denoiser.dim)
    return summarise(
      plan.slice(r * perRow, (r + 1) * perRow),
      values.subarray(r * perRow, (r + 1) * perRow),
      prior,
    )
  })
}

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

/** The summand of each draw: CE(γ₀), or ½e^{−γ}‖e − x̂‖²/density, summed over the free positions of its row. */
async function evaluate(
  denoiser: Denoiser,
  gammaMin: number,
  draws: readonly Draw[],
  rows: readonly Int32Array[],
  free: readonly (readonly number[])[],
): Promise<Float64Array> {
  const { dim, embeddings, textSize } = denoiser
  const length = rows[draws[0].row].length
  const z = new Float32Array(draws.length * length * dim)
  const gamma = new Float32Array(draws.length * length)
  draws.forEach((draw, b) => {
    const noise = draw.rng.normals(length * dim)
    const level = new Float64Array(length).fill(gammaMin)
    for (const l of free[draw.row]) level[l] = draw.gamma
    const scored = new Set(free[draw.row])
    gamma.set(level, b * length)
    for (let l = 0; l < length; l++) {
      const alpha = alphaOf(level[l])
      const sigma = scored.has(l) ? sigmaOf(level[l]) : 0
      for (let k = 0; k < dim; k++) {
        const e = embeddings[rows[draw.row][l] * dim + k]
        z[(b * length + l) * dim + k] = alpha * e + sigma * noise[l * dim + k]
      }
    }
  })
  const shape = { batch: draws.length, length, z, gamma }
  let logits = await denoiser.logits({ ...shape, selfCondition: null })
  if (denoiser.selfConditioned)
    logits = await denoiser.logits({ ...shape, selfCondition: predict(denoiser, logits).mean })
  const { mean } = predict(denoiser, logits)

  return Float64Array.from(draws, ({ row, gamma: level, weight }, b) => {
    let total = 0
    for (const l of free[row]) {
      const i = b * length + l
      const token = rows[row][l]
      if (weight === 0) total += nll(logits, i, textSize, token)
      else
        total +=
          0.5 * Math.exp(-level) * weight * squaredDistance(embeddings, token * dim, mean, i * dim, dim)
    }
    return total
  })
}

function squaredDistance(a: Float32Array, i: number, b: Float32Array, j: number, n: number): number {
  let total = 0
  for (let k = 0; k < n; k++) total += (a[i + k] - b[j + k]) ** 2
  return total
}

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
