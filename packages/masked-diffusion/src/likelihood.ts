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
 *
 * With given positions L is the number of the others, and only they are masked: the bound of −log p(rest | given), since
 * the process that hides the rest alone is as good a process (LLaDA scores answers so).
 */
import {
  equalLengthRanges,
  type Likelihood,
  type LikelihoodOptions,
  scoredPositions,
  type Vocabulary,
} from '@trivium/language-model'
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
  options: LikelihoodOptions = {},
  estimator: NelboEstimator = { type: 'mask-count' },
): Promise<Likelihood[]> {
  const { draws = 32, seed = 0, batchSize = 16 } = options
  if (!Number.isInteger(draws) || draws < 2)
    throw new InputError(
      `draws is ${draws}; the masked bound and its standard error need at least 2 draws a row`,
    )
  const free = scoredPositions(rows, options)
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
      ...corruptDraw(
        rows[row],
        free[row],
        (draw + u.uniform()) / draws,
        u.fork('mask'),
        vocabulary,
        estimator,
      ),
    }
  }
  // Draws of rows of one length share a forward.
  for (const [from, to] of equalLengthRanges(total, (n) => rows[Math.floor(n / draws)].length, batchSize)) {
    const batch = Array.from({ length: to - from }, (_, b) => make(from + b))
    const nll = await score(
      batch.map((d) => d.input),
      batch.map((d) => rows[d.row]),
    )
    batch.forEach(({ row, draw, input, weight }, b) => {
      let sum = 0
      for (const l of free[row]) if (input[l] === vocabulary.mask) sum += nll[b * input.length + l]
      values[row][draw] = weight * sum
    })
  }
  return rows.map((_, r) => toLikelihood(values[r], priorNats(free[r].length, vocabulary, estimator)))
}

/** The corrupted row of one draw and the weight of its masked sum; `stratum` ∈ (0, 1) places it. */
function corruptDraw(
  tokens: Int32Array,
  free: readonly number[],
  stratum: number,
  rng: Rng,
  { mask }: Pick<Vocabulary, 'mask'>,
  estimator: NelboEstimator,
): { input: Int32Array; weight: number } {
  const input = tokens.slice()
  if (estimator.type === 'time') {
    const noisy = estimator.process.corrupt(tokens, stratum, rng.uniforms(tokens.length), mask)
    for (const i of free) input[i] = noisy[i]
    return { input, weight: estimator.process.weight(stratum) }
  }
  const n = free.length
  const masked = 1 + Math.min(n - 1, Math.floor(n * stratum))
  for (const i of rng.permutation(n).subarray(0, masked)) input[free[i]] = mask
  return { input, weight: n / masked }
}

/** KL(q(x₁|x₀) ‖ prior) of a row with so many free positions. */
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
