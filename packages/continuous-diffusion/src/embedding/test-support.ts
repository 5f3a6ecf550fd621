/** @file Oracles for the tests: the exact posterior of an i.i.d. language, and random unit embeddings. */
import { createRng } from '@trivium/random'
import { priorScale } from '../gaussian/process.ts'
import type { Denoiser } from './denoiser.ts'

/** V random directions in d dimensions [V·d]. */
export function randomUnitEmbeddings(textSize: number, dim: number, seed = 3): Float32Array {
  const rng = createRng(seed)
  const out = new Float32Array(textSize * dim)
  for (let v = 0; v < textSize; v++) {
    const x = rng.fork(v).normals(dim)
    const norm = Math.hypot(...x)
    for (let k = 0; k < dim; k++) out[v * dim + k] = x[k] / norm
  }
  return out
}

/** p(token | z) of independent tokens: log p_v + (α/σ²)·z·e_v, exact because all embeddings have norm 1. */
export function iidPosterior(
  probabilities: readonly number[],
  dim: number,
): Denoiser & { calls: { gamma: Float32Array; z: Float32Array; selfCondition: Float32Array | null }[] } {
  const textSize = probabilities.length
  const embeddings = randomUnitEmbeddings(textSize, dim)
  const calls: { gamma: Float32Array; z: Float32Array; selfCondition: Float32Array | null }[] = []
  return {
    textSize,
    dim,
    embeddings,
    selfConditioned: false,
    calls,
    async logits({ z, gamma, selfCondition }) {
      calls.push({ gamma, z, selfCondition })
      const out = new Float32Array(gamma.length * textSize)
      gamma.forEach((g, i) => {
        const ratio = priorScale(g)
        for (let v = 0; v < textSize; v++) {
          let dot = 0
          for (let k = 0; k < dim; k++) dot += z[i * dim + k] * embeddings[v * dim + k]
          out[i * textSize + v] = Math.log(probabilities[v]) + ratio * dot
        }
      })
      return out
    },
  }
}

/**
 * The exact posterior of a language of short rows, by enumeration: p(x_i | z) under p(x)·Π N(z_j; α_j·e_{x_j}, σ_j²).
 * `logProb` over rows [V^L]; z may stand at another noise level at every position.
 */
export function enumeratedPosterior(
  rows: readonly Int32Array[],
  logProb: (row: Int32Array) => number,
  textSize: number,
  dim: number,
): Denoiser {
  const embeddings = randomUnitEmbeddings(textSize, dim)
  return {
    textSize,
    dim,
    embeddings,
    selfConditioned: false,
    async logits({ batch, length, z, gamma }) {
      const out = new Float32Array(batch * length * textSize)
      for (let b = 0; b < batch; b++) {
        const evidence = new Float64Array(length * textSize)
        for (let i = 0; i < length; i++)
          for (let v = 0; v < textSize; v++) {
            let dot = 0
            for (let k = 0; k < dim; k++) dot += z[(b * length + i) * dim + k] * embeddings[v * dim + k]
            evidence[i * textSize + v] = priorScale(gamma[b * length + i]) * dot
          }
        const scores = rows.map((row) =>
          row.reduce((sum, v, i) => sum + evidence[i * textSize + v], logProb(row)),
        )
        const max = Math.max(...scores)
        const p = new Float64Array(length * textSize)
        rows.forEach((row, r) => {
          row.forEach((v, i) => {
            p[i * textSize + v] += Math.exp(scores[r] - max)
          })
        })
        out.set(p.map(Math.log), b * length * textSize)
      }
      return out
    },
  }
}
