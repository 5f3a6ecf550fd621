/** @file From one row of logits to one token, in doubles: penalties, temperature, truncation, inverse CDF. */

export type SamplingOptions = {
  /** Divides the logits. */
  readonly temperature: number
  /** Only the k most likely tokens. */
  readonly topK?: number
  /** Smallest set with mass ≥ p (Holtzman et al. 2020, 1904.09751). */
  readonly topP?: number
  /** Tokens with at least min_p times the largest probability (2407.01082). */
  readonly minP?: number
  /** Divides positive and multiplies negative logits of tokens already written (CTRL, 1909.05858). */
  readonly repetitionPenalty?: number
}

/** Probabilities [V] after all options; they sum to 1. `written` are the tokens that the penalty looks at. */
export function samplingDistribution(
  logits: ArrayLike<number>,
  options: SamplingOptions,
  written: Iterable<number> = [],
): Float64Array {
  const scaled = Float64Array.from(logits)
  const penalty = options.repetitionPenalty ?? 1
  if (penalty !== 1)
    for (const token of new Set(written))
      scaled[token] = scaled[token] > 0 ? scaled[token] / penalty : scaled[token] * penalty
  for (let v = 0; v < scaled.length; v++) scaled[v] /= options.temperature
  const p = softmaxInPlace(scaled)
  const keep = keptTokens(p, options)
  if (keep === null) return p
  const out = new Float64Array(p.length)
  let mass = 0
  for (const v of keep) mass += p[v]
  for (const v of keep) out[v] = p[v] / mass
  return out
}

function softmaxInPlace(x: Float64Array): Float64Array {
  let max = Number.NEGATIVE_INFINITY
  for (const value of x) if (value > max) max = value
  let sum = 0
  for (let i = 0; i < x.length; i++) {
    x[i] = Math.exp(x[i] - max)
    sum += x[i]
  }
  for (let i = 0; i < x.length; i++) x[i] /= sum
  return x
}

/** The tokens that truncation leaves, or null when it is off. Ties keep the lower id. */
function keptTokens(p: Float64Array, { topK, topP, minP }: SamplingOptions): number[] | null {
  if (topK === undefined && topP === undefined && minP === undefined) return null
  const order = Array.from(p.keys()).sort((a, b) => p[b] - p[a] || a - b)
  let kept = topK === undefined ? order : order.slice(0, topK)
  if (minP !== undefined) kept = kept.filter((v) => p[v] >= minP * p[order[0]])
  if (topP !== undefined) {
    let mass = 0
    const end = kept.findIndex((v) => {
      mass += p[v]
      return mass >= topP
    })
    if (end >= 0) kept = kept.slice(0, end + 1)
  }
  return kept
}

/** Inverse CDF with one uniform in (0, 1). Never returns a token of probability 0. */
export function drawToken(p: Float64Array, uniform: number): number {
  let cumulative = 0
  let last = 0
  for (let v = 0; v < p.length; v++) {
    if (p[v] === 0) continue
    cumulative += p[v]
    last = v
    if (uniform < cumulative) return v
  }
  return last
}
