/**
 * @file What likelihood and samplers need of a network: logits from noisy states on the host. A trained model and an
 * exact posterior both fit, so all maths above it is tested against oracles.
 */

import { isPlain, probabilityOf, tokenMasses } from '@trivium/language-model'
import type { DrawOptions } from '@trivium/schema'

export type CanvasShape = { readonly batch: number; readonly length: number }

/** Noisy states of a whole batch, row-major. */
export type DenoiserInput = CanvasShape & {
  /** z [B·L·d_e]. */
  readonly z: Float32Array
  /** Noise level of every position [B·L]; frozen positions stand at gammaMin. */
  readonly gamma: Float32Array
  /** An earlier estimate x̂ [B·L·d_e], or null for a first pass. */
  readonly selfCondition: Float32Array | null
}

export interface Denoiser {
  /** V, tokens that can be written. */
  readonly textSize: number
  /** d_e. */
  readonly dim: number
  /** Unit embeddings e [V·d_e]. */
  readonly embeddings: Float32Array
  /** Whether it was trained with its own estimate as a second input. */
  readonly selfConditioned: boolean
  /** Unnormalised log-probabilities [B·L·V] of the clean token at each position. */
  logits(input: DenoiserInput): Promise<Float32Array>
}

/** What a pass says about each position. */
export type Prediction = {
  /** x̂ = Σ_v p_v·e_v [N·d_e]. */
  readonly mean: Float32Array
  /** Most likely token [N]. */
  readonly best: Int32Array
  /** Its probability [N], before all options. */
  readonly confidence: Float32Array
}

/**
 * The distribution p at every position after all options, and the mean embedding under it. `written` gives what the
 * repetition penalty looks at.
 */
export function predict(
  denoiser: Denoiser,
  logits: Float32Array,
  options: DrawOptions = { temperature: 1 },
  written: (position: number) => Iterable<number> = () => [],
): Prediction {
  const { textSize, dim, embeddings } = denoiser
  const n = logits.length / textSize
  const mean = new Float32Array(n * dim)
  const best = new Int32Array(n)
  const confidence = new Float32Array(n)
  const p = new Float64Array(textSize)
  const estimate = new Float64Array(dim)
  const plain = isPlain(options)
  const penalised = options.repetitionPenalty !== undefined
  for (let i = 0; i < n; i++) {
    const at = logits.subarray(i * textSize, (i + 1) * textSize)
    const masses = tokenMasses(at, options, p, penalised ? written(i) : undefined)
    for (let v = 0; v < textSize; v++) p[v] /= masses.total
    best[i] = masses.best
    confidence[i] = plain ? p[masses.best] : probabilityOf(at, masses.best)
    estimate.fill(0)
    for (let v = 0; v < textSize; v++)
      for (let k = 0; k < dim; k++) estimate[k] += p[v] * embeddings[v * dim + k]
    mean.set(estimate, i * dim)
  }
  return { mean, best, confidence }
}
