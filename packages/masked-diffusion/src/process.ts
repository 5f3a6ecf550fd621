/**
 * @file The absorbing process as plain numbers: a token is clean at time t with probability α(t), else MASK
 * (MDLM 2406.07524 §3, MD4 2406.04329). It knows no network, so it is tested without one.
 */
import type { MaskedOptions } from '@trivium/schema'

/** α(1): MDLM keeps a share ε of the tokens clean at t = 1, so that weights and logarithms stay finite. */
const epsilon = 1e-3
/** Exponent of the polynomial schedule (MD4 table 1). */
const exponent = 2

export type AbsorbingProcess = {
  readonly schedule: MaskedOptions['schedule']
  /** α(t), the probability that a token is clean at t ∈ [0, 1]: α(0) = 1 exactly, α(1) = ε = 1e-3. */
  alpha(t: number): number
  /** α′(t) ≤ 0. */
  dAlpha(t: number): number
  /** −α′(t)/(1−α(t)), the weight of a masked token in the NELBO (MDLM §3.4); 1/t when the schedule is linear. */
  weight(t: number): number
  /** ∫₀¹ 1−α(t) dt: the expected share of masked tokens when t is uniform. */
  readonly meanMasked: number
  /** x_t: token i stays where uniforms[i] < α(t) and becomes `mask` elsewhere. */
  corrupt(tokens: Int32Array, t: number, uniforms: Float64Array, mask: number): Int32Array
  /** (α_s−α_t)/(1−α_t): the probability that a position masked at t is clean at s < t (MDLM §3.2). */
  unmaskProbability(s: number, t: number): number
}

type Schedule = Pick<AbsorbingProcess, 'alpha' | 'dAlpha' | 'weight' | 'meanMasked'>

const span = 1 - epsilon
const schedules: Readonly<Record<MaskedOptions['schedule'], Schedule>> = {
  // MDLM's log-linear schedule; LLaDA masks with the same p = 1−α.
  linear: { alpha: (t) => 1 - span * t, dAlpha: () => -span, weight: (t) => 1 / t, meanMasked: span / 2 },
  // MD4: 1−α = cos(π/2·(1−t)), so few tokens are clean for most of the time.
  cosine: {
    alpha: (t) => 1 - span * Math.sin((Math.PI / 2) * t),
    dAlpha: (t) => -span * (Math.PI / 2) * Math.cos((Math.PI / 2) * t),
    weight: (t) => Math.PI / 2 / Math.tan((Math.PI / 2) * t),
    meanMasked: (span * 2) / Math.PI,
  },
  // MD4: 1−α = t^p.
  polynomial: {
    alpha: (t) => 1 - span * t ** exponent,
    dAlpha: (t) => -span * exponent * t ** (exponent - 1),
    weight: (t) => exponent / t,
    meanMasked: span / (exponent + 1),
  },
}

/** The process of a schedule: a pure object, safe to share. */
export function createAbsorbingProcess(schedule: MaskedOptions['schedule']): AbsorbingProcess {
  const { alpha, dAlpha, weight, meanMasked } = schedules[schedule]
  return {
    schedule,
    alpha,
    dAlpha,
    weight,
    meanMasked,
    corrupt(tokens, t, uniforms, mask) {
      const keep = alpha(t)
      return tokens.map((token, i) => (uniforms[i] < keep ? token : mask))
    },
    unmaskProbability(s, t) {
      const clean = alpha(t)
      return (alpha(s) - clean) / (1 - clean)
    },
  }
}

/** Stratified time of row i of n: (u + i)/n with one u for all rows. Each row alone is uniform on (0, 1). */
export function stratifiedTime(u: number, i: number, n: number): number {
  return (u + i) / n
}
