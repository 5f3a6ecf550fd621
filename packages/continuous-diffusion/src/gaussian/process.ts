/**
 * @file The variance-preserving Gaussian process, in doubles: z = α·x + σ·ε with noise level γ = −log SNR (Kingma et al.
 * 2021, "Variational diffusion models", 2107.00630). No network in sight, nor what x is.
 */

export function sigmoid(x: number): number {
  return x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x))
}

/** log(1 + eˣ) without overflow. */
export function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))
}

/** α = √sigmoid(−γ). */
export function alphaOf(gamma: number): number {
  return Math.sqrt(sigmoid(-gamma))
}

/** σ = √sigmoid(γ). */
export function sigmaOf(gamma: number): number {
  return Math.sqrt(sigmoid(gamma))
}

/** α/σ²: the log-likelihood ratio of two unit embeddings is (α/σ²)·z·(e_v − e_w), which is the output prior. */
export function priorScale(gamma: number): number {
  return alphaOf(gamma) / sigmoid(gamma)
}

/** 1/√(α²/d_e + σ²): gives each coordinate of z unit variance before the network reads it. */
export function inputScale(gamma: number, dim: number): number {
  return 1 / Math.sqrt(sigmoid(-gamma) / dim + sigmoid(gamma))
}

/**
 * KL(q(z_γ₁ | x) ‖ N(0, I)) of one state in nats: ½[d(σ₁² − 1 − ln σ₁²) + α₁²‖x‖²]. The same for all, because clean
 * states have one norm: 1 for embeddings.
 */
export function priorKl(gammaMax: number, dim: number, squaredNorm: number = 1): number {
  const variance = sigmoid(gammaMax)
  return 0.5 * (dim * (variance - 1 - Math.log(variance)) + sigmoid(-gammaMax) * squaredNorm)
}

/**
 * γ at the S + 1 ends of S sampling steps, from noise to clean: equal quantiles of the schedule, or equal steps of γ.
 * Between equal quantiles of a learned warp every step resolves the same amount of uncertainty.
 */
export function stepGrid(
  schedule: NoiseSchedule,
  steps: number,
  grid: 'schedule' | 'gamma' = 'schedule',
): Float64Array {
  const { gammaMin, gammaMax } = schedule
  const at = (u: number): number =>
    grid === 'gamma' ? gammaMin + u * (gammaMax - gammaMin) : schedule.quantile(u)
  const out = Float64Array.from({ length: steps + 1 }, (_, i) => at(1 - i / steps))
  // Both ends exactly: the prior is defined at gammaMax and frozen positions sit at gammaMin.
  out[0] = gammaMax
  out[steps] = gammaMin
  return out
}

/**
 * A distribution of γ over [gammaMin, gammaMax]. Training draws γ = quantile(u) with u uniform, bounds weight with
 * 1/density, and samplers step through quantiles: one object decides where the work goes.
 */
export interface NoiseSchedule {
  readonly gammaMin: number
  readonly gammaMax: number
  /** u ∈ [0, 1] → γ, increasing: 0 is clean, 1 is noise. */
  quantile(u: number): number
  /** The inverse of `quantile`. */
  cdf(gamma: number): number
  /** dcdf/dγ; integrates to 1 over the range. */
  density(gamma: number): number
}
