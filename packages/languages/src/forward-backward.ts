/** @file Exact inference in a hidden chain (Rabiner 1989, scaled). */

export type Chain = {
  readonly states: number
  /** [S] */
  readonly initial: Float64Array
  /** Row-major [S, S]: p(next | state). */
  readonly transition: Float64Array
}

/** Filtered p(s_t | evidence up to t), row-major [L, S], and ln p(evidence); stops at -Infinity. */
export function forward(
  chain: Chain,
  likelihood: Float64Array,
): { filtered: Float64Array; logEvidence: number } {
  const { states: S, initial, transition } = chain
  const filtered = new Float64Array(likelihood.length)
  let logEvidence = 0
  for (let t = 0; t * S < likelihood.length; t++) {
    let total = 0
    for (let s = 0; s < S; s++) {
      let prior = t === 0 ? initial[s] : 0
      if (t > 0) for (let r = 0; r < S; r++) prior += filtered[(t - 1) * S + r] * transition[r * S + s]
      const joint = prior * likelihood[t * S + s]
      filtered[t * S + s] = joint
      total += joint
    }
    if (!(total > 0)) return { filtered, logEvidence: Number.NEGATIVE_INFINITY }
    for (let s = 0; s < S; s++) filtered[t * S + s] /= total
    logEvidence += Math.log(total)
  }
  return { filtered, logEvidence }
}

/**
 * Posterior state marginals p(s_t | all evidence), row-major [L, S], of likelihoods p(evidence_t | s_t) [L, S] (1 where
 * nothing is known); null when the evidence is impossible.
 */
export function stateMarginals(chain: Chain, likelihood: Float64Array): Float64Array | null {
  const { states: S, transition } = chain
  const { filtered, logEvidence } = forward(chain, likelihood)
  if (logEvidence === Number.NEGATIVE_INFINITY) return null
  const out = new Float64Array(filtered.length)
  let backward: Float64Array = new Float64Array(S).fill(1)
  for (let t = likelihood.length / S - 1; t >= 0; t--) {
    let total = 0
    for (let s = 0; s < S; s++) total += out[t * S + s] = filtered[t * S + s] * backward[s]
    for (let s = 0; s < S; s++) out[t * S + s] /= total
    backward = stepBack(backward, S, transition, likelihood, t)
  }
  return out
}

/** p(evidence from t on | s_{t-1}), scaled to sum 1: only ratios between states matter. */
function stepBack(
  backward: Float64Array,
  S: number,
  transition: Float64Array,
  likelihood: Float64Array,
  t: number,
): Float64Array {
  const next = new Float64Array(S)
  let total = 0
  for (let r = 0; r < S; r++) {
    for (let s = 0; s < S; s++) next[r] += transition[r * S + s] * likelihood[t * S + s] * backward[s]
    total += next[r]
  }
  return next.map((b) => b / total)
}
