/**
 * @file The NELBO of a masked model by Monte Carlo, over an injected scorer. Always the true weight over the full range
 * of t, whatever the training weight was.
 *
 * With SUBS and no time input the bound depends on α only through its end points (MDLM, invariance to the schedule). Written in the mask rate
 * λ = 1−α it is ∫ E[Σ_masked −log p(x₀ᵢ | x_λ)]/λ dλ.
 * - `mask-count` (default) lets λ run over all of (0, 1): generation starts from MASK alone, the prior costs nothing, and
 *   λ = 0 leaves nothing to reconstruct. The integral over λ is a Beta function, C(L,l)·B(l, L−l+1) = 1/l, so the bound is
 *   Σ_l E[Σ_masked −log p | l masked]/l = E_{l~U{1…L}}[L/l · Σ_masked −log p] (LLaDA 2502.09992, its evaluation form): the same
 *   number with the variance of the mask count gone.
 * - `time` follows the process to t = 1, where a share ε = α(1) is still clean. A clean token at t = 1 has to come from the
 *   prior (ε/V for each token, 1−ε for MASK), which adds the exact term KL(q(x₁|x₀) ‖ prior) = ε·log V a token. α(0) = 1: no
 *   reconstruction term. It is above `mask-count` by ε·(log V − the mean −log p of an almost empty canvas) a token.
 */
import type { Likelihood, LikelihoodOptions, Vocabulary } from '@trivium/language-model'
import { createRng, type Rng } from '@trivium/random'
import { InputError } from '@trivium/schema'
import type { AbsorbingProcess } from './process.ts'

/** −log p(target) in nats at every position [B·L] of rows of one length, given the corrupted `inputs`. */
export type PositionScorer = (
  inputs: readonly Int32Array[],
  targets: readonly Int32Array[],
) => Promise<Float32Array>

export type NelboEstimator =
  | { readonly type: 'mask-count' }
  | { readonly type: 'time'; readonly process: AbsorbingProcess }

type Draw = {
  readonly row: number
  readonly draw: number
  readonly input: Int32Array
  readonly weight: number
}

/**
 * Upper bound on −log p of each row. `stderr` pairs neighbouring strata, so it is unbiased up to the trend inside
 * a pair, which only makes it larger.
 * @throws InputError for fewer than two draws, or an empty row.
 */
export async function maskedNelbo(
  rows: readonly Int32Array[],
  score: PositionScorer,
  vocabulary: Pick<Vocabulary, 'mask' | 'textSize'>,
  { draws = 32, seed = 0, batchSize = 16 }: LikelihoodOptions = {},
  estimator: NelboEstimator = { type: 'mask-count' },
): Promise<Likelihood[]> {
  if (!Number.isInteger(draws) || draws < 2)
    throw new InputError(
      `draws is ${draws}; the masked bound and its standard error need at least 2 draws a row`,
    )
  rows.forEach((row, r) => {
    if (row.length === 0) throw new InputError(`row ${r} has no tokens; score at least one`)
  })
  const rng = createRng(seed).fork('likelihood')
  const values = rows.map(() => new Float64Array(draws))
  const total = rows.length * draws
  const make = (n: number): Draw => {
    const row = Math.floor(n / draws)
    const draw = n % draws
    const u = rng.fork(row, draw)
    return {
      row,
      draw,
      ...corruptDraw(rows[row], (draw + u.uniform()) / draws, u.fork('mask'), vocabulary, estimator),
    }
  }
  for (let from = 0; from < total; ) {
    const batch: Draw[] = []
    const length = rows[Math.floor(from / draws)].length
    // Draws of rows of one length share a forward.
    while (from < total && batch.length < batchSize && rows[Math.floor(from / draws)].length === length)
      batch.push(make(from++))
    const nll = await score(
      batch.map((d) => d.input),
      batch.map((d) => rows[d.row]),
    )
    batch.forEach(({ row, draw, input, weight }, b) => {
      let sum = 0
      for (let l = 0; l < length; l++) if (input[l] === vocabulary.mask) sum += nll[b * length + l]
      values[row][draw] = weight * sum
    })
  }
  return rows.map((row, r) => toLikelihood(values[r], priorNats(row.length, vocabulary, estimator)))
}

/** The corrupted row of one draw and the weight of its masked sum; `stratum` ∈ (0, 1) places it. */
function corruptDraw(
  tokens: Int32Array,
  stratum: number,
  rng: Rng,
  { mask }: Pick<Vocabulary, 'mask'>,
  estimator: NelboEstimator,
): { input: Int32Array; weight: number } {
  const length = tokens.length
  if (estimator.type === 'time') {
    const input = estimator.process.corrupt(tokens, stratum, rng.uniforms(length), mask)
    return { input, weight: estimator.process.weight(stratum) }
  }
  const masked = 1 + Math.min(length - 1, Math.floor(length * stratum))
  const input = tokens.slice()
  for (const i of rng.permutation(length).subarray(0, masked)) input[i] = mask
  return { input, weight: length / masked }
}

/** KL(q(x₁|x₀) ‖ prior) of a row. */
function priorNats(
  length: number,
  { textSize }: Pick<Vocabulary, 'textSize'>,
  estimator: NelboEstimator,
): number {
  return estimator.type === 'time' ? length * estimator.process.alpha(1) * Math.log(textSize) : 0
}

function toLikelihood(values: Float64Array, prior: number): Likelihood {
  const n = values.length
  const diffusion = values.reduce((a, b) => a + b, 0) / n
  return {
    nats: diffusion + prior,
    kind: 'upper-bound',
    bound: 'masked-nelbo',
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
