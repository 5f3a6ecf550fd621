/** @file Noise schedules α(t): the probability that a token is still clean at time t, for both processes. */
import type { MaskedOptions } from '@trivium/schema'

/** α(1): MDLM keeps a share ε of the tokens clean at t = 1, so that weights and logarithms stay finite. */
const epsilon = 1e-3
/** Exponent of the polynomial schedule (MD4 2406.04329, table 1). */
const exponent = 2

export type Schedule = {
  /** α(t) for t ∈ [0, 1]: α(0) = 1 exactly, α(1) = ε = 1e-3. */
  alpha(t: number): number
  /** α′(t) ≤ 0. */
  dAlpha(t: number): number
  /** −α′(t)/(1−α(t)). */
  hazard(t: number): number
  /** ∫₀ᵗ 1−α. */
  noisedUpTo(t: number): number
}

const span = 1 - epsilon
export const schedules: Readonly<Record<MaskedOptions['schedule'], Schedule>> = {
  // MDLM's log-linear schedule; LLaDA masks with the same p = 1−α.
  linear: {
    alpha: (t) => 1 - span * t,
    dAlpha: () => -span,
    hazard: (t) => 1 / t,
    noisedUpTo: (t) => (span * t ** 2) / 2,
  },
  // MD4: 1−α = cos(π/2·(1−t)), so few tokens are clean for most of the time.
  cosine: {
    alpha: (t) => 1 - span * Math.sin((Math.PI / 2) * t),
    dAlpha: (t) => -span * (Math.PI / 2) * Math.cos((Math.PI / 2) * t),
    hazard: (t) => Math.PI / 2 / Math.tan((Math.PI / 2) * t),
    noisedUpTo: (t) => (span * 2 * (1 - Math.cos((Math.PI / 2) * t))) / Math.PI,
  },
  // MD4: 1−α = t^p.
  polynomial: {
    alpha: (t) => 1 - span * t ** exponent,
    dAlpha: (t) => -span * exponent * t ** (exponent - 1),
    hazard: (t) => exponent / t,
    noisedUpTo: (t) => (span * t ** (exponent + 1)) / (exponent + 1),
  },
}
