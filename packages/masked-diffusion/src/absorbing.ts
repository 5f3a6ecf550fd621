/** @file The absorbing process: a token is clean or MASK (MDLM 2406.07524 §3, MD4 2406.04329). */
import type { MaskedOptions } from '@trivium/schema'
import type { NoiseProcess } from './process.ts'
import { schedules } from './schedules.ts'

export type AbsorbingProcess = NoiseProcess & {
  readonly type: 'absorbing'
  /** −α′(t)/(1−α(t)), the weight of a masked token in the NELBO (MDLM §3.4); 1/t when the schedule is linear. */
  weight(t: number): number
  /** The expected share of masked tokens when t is uniform on [from, to]. */
  meanMasked(range: readonly [from: number, to: number]): number
  /** (α_s−α_t)/(1−α_t): the probability that a position masked at t is clean at s < t (MDLM §3.2). */
  unmaskProbability(s: number, t: number): number
}

export function createAbsorbingProcess(schedule: MaskedOptions['schedule']): AbsorbingProcess {
  const { alpha, dAlpha, hazard, noisedUpTo } = schedules[schedule]
  return {
    type: 'absorbing',
    alpha,
    dAlpha,
    weight: hazard,
    meanMasked: ([from, to]) =>
      from === to ? 1 - alpha(to) : (noisedUpTo(to) - noisedUpTo(from)) / (to - from),
    corrupt(tokens, t, uniforms, { mask }) {
      const keep = alpha(t)
      return tokens.map((token, i) => (uniforms[i] < keep ? token : mask))
    },
    unmaskProbability(s, t) {
      const clean = alpha(t)
      return (alpha(s) - clean) / (1 - clean)
    },
    // The prior is ε/V for each token and 1−ε for MASK.
    priorNats: (textSize) => alpha(1) * Math.log(textSize),
  }
}
