/**
 * @file From one row of logits to one token, for every paradigm: penalty, temperature, truncation, draw. In doubles and
 * by inverse CDF: Gumbel-max in float32 truncates the noise and quietly lowers the temperature (2409.02908).
 */
import { type DrawOptions, RuntimeFailure } from '@trivium/schema'

/** A token and its probability softmax(logits)[token], before every option. */
export type Drawn = { readonly token: number; readonly confidence: number }

/** `total` is the sum of the masses; `best` the most likely token, the first of equals. */
export type TokenMasses = { readonly best: number; readonly total: number }

/**
 * Masses of the tokens [V] after all options into `out` [V], not normalised. The order is penalty,
 * temperature, top-k, top-p, min-p; each truncation sees what the one before it left, renormalised. Temperature 0 leaves
 * the most likely token alone.
 *
 * `written` are the tokens that stand elsewhere in the row: the penalty looks at them.
 * @throws RuntimeFailure for logits from which nothing can be drawn; one of −∞ is a token that cannot be
 */
export function tokenMasses(
  logits: ArrayLike<number>,
  options: DrawOptions,
  out: Float64Array,
  written: Iterable<number> = [],
): TokenMasses {
  const { temperature, repetitionPenalty: penalty = 1 } = options
  out.set(logits)
  if (penalty !== 1)
    for (const token of new Set(written))
      out[token] = out[token] > 0 ? out[token] / penalty : out[token] * penalty
  let best = 0
  for (let v = 0; v < out.length; v++) {
    if (out[v] > out[best]) best = v
    if (Number.isNaN(out[v])) throw notFinite(out[v], v)
  }
  if (!Number.isFinite(out[best])) throw notFinite(out[best], best)
  if (temperature === 0) {
    out.fill(0)[best] = 1
    return { best, total: 1 }
  }
  const max = out[best]
  let total = 0
  for (let v = 0; v < out.length; v++) {
    out[v] = Math.exp((out[v] - max) / temperature)
    total += out[v]
  }
  return { best, total: truncates(options) ? truncate(out, total, options) : total }
}

const notFinite = (logit: number, token: number): Error =>
  new RuntimeFailure(
    `the network gave the logit ${logit} to token ${token}, so nothing can be drawn; its weights are too large or damaged: train again with a lower learning rate`,
  )

/**
 * Draws one token by inverse CDF with one uniform in (0, 1). Never a token of mass 0.
 *
 * `logits` [V]; `written` as for `tokenMasses`.
 */
export function drawToken(
  logits: ArrayLike<number>,
  options: DrawOptions,
  uniform: number,
  written?: Iterable<number>,
): Drawn {
  const masses = new Float64Array(logits.length)
  const { total } = tokenMasses(logits, options, masses, written)
  const target = uniform * total
  let cumulative = 0
  let token = 0
  for (let v = 0; v < masses.length; v++) {
    if (masses[v] === 0) continue
    cumulative += masses[v]
    token = v
    if (target < cumulative) break
  }
  return { token, confidence: isPlain(options) ? masses[token] / total : probabilityOf(logits, token) }
}

/** Whether the options leave the model's own distribution. */
export const isPlain = (options: DrawOptions): boolean =>
  options.temperature === 1 && (options.repetitionPenalty ?? 1) === 1 && !truncates(options)

/** The token of the largest logit, the first of equals. */
export function mostLikely(logits: ArrayLike<number>): number {
  let best = 0
  for (let v = 1; v < logits.length; v++) if (logits[v] > logits[best]) best = v
  return best
}

/** softmax(logits)[token]. */
export function probabilityOf(logits: ArrayLike<number>, token: number): number {
  let max = Number.NEGATIVE_INFINITY
  for (let v = 0; v < logits.length; v++) if (logits[v] > max) max = logits[v]
  let total = 0
  for (let v = 0; v < logits.length; v++) total += Math.exp(logits[v] - max)
  return Math.exp(logits[token] - max) / total
}

const truncates = ({ topK, topP, minP }: DrawOptions): boolean =>
  topK !== undefined || topP !== undefined || minP !== undefined

/** Zeroes the masses of all tokens that truncation drops; returns the sum of the rest. Ties keep the lower id. */
function truncate(masses: Float64Array, total: number, { topK, topP, minP }: DrawOptions): number {
  const order = Uint32Array.from(masses.keys()).sort((a, b) => masses[b] - masses[a] || a - b)
  let kept = Math.min(order.length, topK ?? order.length)
  if (topP !== undefined) {
    let left = total
    if (kept < order.length) {
      left = 0
      for (let k = 0; k < kept; k++) left += masses[order[k]]
    }
    let mass = 0
    let n = 0
    while (n < kept && mass < topP * left) mass += masses[order[n++]]
    kept = n
  }
  if (minP !== undefined) {
    let n = 1
    while (n < kept && masses[order[n]] >= minP * masses[order[0]]) n++
    kept = n
  }
  for (let k = kept; k < order.length; k++) masses[order[k]] = 0
  return masses.reduce((sum, mass) => sum + mass, 0)
}
