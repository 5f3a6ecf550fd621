/** @file A language in the place of a uniform-state network, and what the bound should be, in plain doubles. */
import { allRows, type Language } from '@trivium/languages'
import type { PositionScorer } from '../bound.ts'
import type { UniformProcess } from '../uniform.ts'

/**
 * Exact p(x₀ᵢ | x_t at the other positions) [L·V], or with `itself` p(x₀ᵢ | all of x_t). Each token is what was meant with
 * α + (1−α)/V.
 */
export function noisyConditional(
  language: Language,
  process: UniformProcess,
  canvas: Int32Array,
  t: number,
  itself = false,
): Float64Array {
  const v = language.vocabSize
  const noise = ((1 - process.alpha(t)) * (v - 1)) / v
  if (itself) return language.conditional(canvas, noise)
  const out = new Float64Array(canvas.length * v)
  canvas.forEach((_, i) => {
    const hidden = canvas.map((token, j) => (j === i ? -1 : token))
    out.set(language.conditional(hidden, noise).subarray(i * v, (i + 1) * v), i * v)
  })
  return out
}

/** Σ_j r_j log(r_j/r^θ_j) − r_j + r^θ_j for the prediction p [V] (masked-diffusion.md; Duo eq. 8). */
export function scoreEntropyOf(p: ArrayLike<number>, clean: number, noisy: number, kappa: number): number {
  const q = Array.from(p, (_, j) => (j === clean ? 1 : 0) + kappa)
  const y = Array.from(p, (x) => x + kappa)
  return q.reduce((sum, _, j) => {
    const [r, rTheta] = [q[j] / q[noisy], y[j] / y[noisy]]
    return sum + r * Math.log(r / rTheta) - r + rTheta
  }, 0)
}

/** The scorer of the exact network. */
export function uniformScorer(language: Language, process: UniformProcess): PositionScorer {
  const v = language.vocabSize
  return async (inputs, targets, times) =>
    Float32Array.from(
      inputs.flatMap((input, b) => {
        const t = Math.max(...times[b])
        const p = noisyConditional(language, process, input, t)
        return Array.from(input, (token, i) =>
          scoreEntropyOf(p.subarray(i * v, (i + 1) * v), targets[b][i], token, process.noise(t, v)),
        )
      }),
    )
}

/** The bound of a row by enumeration of all x_t, midpoints in √t, and the exact prior term. */
export function exactUniformNelbo(
  language: Language,
  process: UniformProcess,
  row: Int32Array,
  { points, itself = false }: { points: number; itself?: boolean },
): number {
  const v = language.vocabSize
  let total = row.length * process.priorNats(v)
  for (let k = 0; k < points; k++) {
    const root = (k + 0.5) / points
    const t = root ** 2
    const alpha = process.alpha(t)
    for (const noisy of allRows(v, row.length)) {
      const weight = noisy.reduce((w, token, i) => w * ((token === row[i] ? alpha : 0) + (1 - alpha) / v), 1)
      const p = noisyConditional(language, process, noisy, t, itself)
      const cost = noisy.reduce(
        (sum, token, i) =>
          sum + scoreEntropyOf(p.subarray(i * v, (i + 1) * v), row[i], token, process.noise(t, v)),
        0,
      )
      total += (2 * root * process.weight(t, v) * weight * cost) / points
    }
  }
  return total
}
