/** @file Sampling the uniform-state process (Duo 2506.10892): every position may change in every step. */
import { probabilityOf, type RowState, tokenMasses } from '@trivium/language-model'
import type { DrawOptions } from '@trivium/schema'
import type { UniformProcess } from '../uniform.ts'
import type { MaskedSampler, Write } from './blockwise.ts'
import { settling } from './settle.ts'

export type UniformOptions = DrawOptions & {
  readonly steps: number
  /** κ: share of the posterior; the rest is x̂₀ noised afresh, which forgets x_t (predictor-corrector). */
  readonly kappa: number
  /** Nats of mean entropy at or below which a row ends once its most likely tokens stand still. */
  readonly settle?: number
}

/**
 * From t = 1 to 0 in `steps` equal steps, x_s ~ κ·q(x_s | x_t, x̂₀) + (1−κ)·q(x_s | x̂₀) with x̂₀ ~ softmax(logits) after the
 * options. κ = 1 is ancestral sampling. NFE = S, less where a row settles: then its most likely tokens are what it ends with.
 */
export function uniform(options: UniformOptions, process: UniformProcess): MaskedSampler {
  const { steps, kappa, settle } = options
  const settled = new WeakSet<RowState>()
  const standing = settle === undefined ? null : settling(settle)
  return {
    revises: true,
    begin(row, { frozen }, textSize, rng) {
      const u = rng.fork('noise', row.index).uniforms(frozen.length)
      frozen.forEach((isGiven, i) => {
        if (isGiven === 0) row.tokens[i] = Math.floor(u[i] * textSize)
      })
    },
    stepsOf: (sizes) => sizes.map(() => steps),
    *choose({ row, positions, index, of, textSize, uniforms }) {
      const [t, s] = [1 - (index - 1) / of, 1 - index / of]
      if (settled.has(row)) return null
      const logits = yield t
      const last = standing?.(row, positions, logits) ?? null
      if (last !== null) {
        settled.add(row)
        return last
      }
      const u = uniforms('token')
      const p = new Float64Array(textSize)
      return positions.map((position): Write => {
        const at = logits.subarray(position * textSize, (position + 1) * textSize)
        const { total } = tokenMasses(at, options, p)
        for (let v = 0; v < textSize; v++) p[v] /= total
        const q = mixed(process, p, row.tokens[position], { s, t, kappa })
        const token = pick(q, u[position])
        return { position, token, confidence: probabilityOf(at, token) }
      })
    },
  }
}

/** κ·q(x_s | x_t, x₀ ~ p) + (1−κ)·q(x_s | x₀ ~ p), the latter α_s·p + (1−α_s)/V. */
export function mixed(
  process: Pick<UniformProcess, 'alpha' | 'posterior'>,
  p: Float64Array,
  token: number,
  { s, t, kappa }: { readonly s: number; readonly t: number; readonly kappa: number },
): Float64Array {
  const posterior = process.posterior(p, token, s, t)
  if (kappa === 1) return posterior
  const alpha = process.alpha(s)
  return posterior.map((x, v) => kappa * x + (1 - kappa) * (alpha * p[v] + (1 - alpha) / p.length))
}

/** The token that u in (0, 1) falls on; never one of probability 0. */
function pick(q: Float64Array, u: number): number {
  let left = u
  let token = 0
  for (let v = 0; v < q.length; v++) {
    if (q[v] === 0) continue
    token = v
    left -= q[v]
    if (left < 0) break
  }
  return token
}
