/** @file Embeddings as a state space: a state for each token, of norm 1, and the distribution that each pass ends in. */
import type { StateSpace } from '../gaussian/space.ts'
import { type Denoiser, predict } from './denoiser.ts'

export function embeddingSpace(denoiser: Denoiser): StateSpace {
  const { dim, embeddings, textSize, selfConditioned } = denoiser
  return {
    dim,
    textSize,
    squaredNorm: 1,
    selfConditioned,
    decodes: false,
    states: (length) => length,
    async encode(rows) {
      const length = rows[0].tokens.length
      const clean = new Float32Array(rows.length * length * dim)
      const fixed = new Uint8Array(rows.length * length)
      rows.forEach(({ tokens, given }, b) => {
        fixed.set(given, b * length)
        tokens.forEach((token, l) => {
          // What is still to be written may be MASK, which has no embedding.
          if (token >= textSize) return
          clean.set(embeddings.subarray(token * dim, (token + 1) * dim), (b * length + l) * dim)
        })
      })
      return { clean, fixed }
    },
    async pass({ rows, z, gamma, selfCondition }, options = { temperature: 1 }) {
      const [batch, length] = [rows.length, rows[0].tokens.length]
      const logits = await denoiser.logits({ batch, length, z, gamma, selfCondition })
      const { mean, best, confidence } = predict(denoiser, logits, options, (i) =>
        options.written === undefined ? [] : options.written(Math.floor(i / length), i % length),
      )
      return { mean, read: async () => ({ logits, best, confidence }) }
    },
    nearest(mean) {
      const out = new Float32Array(mean.length)
      for (let at = 0; at < mean.length; at += dim) {
        const token = nearestRow(embeddings, mean.subarray(at, at + dim))
        out.set(embeddings.subarray(token * dim, (token + 1) * dim), at)
      }
      return out
    },
  }
}

/** The row of a table of unit vectors [V·d] nearest to x [d]: the one of the largest product. */
function nearestRow(table: Float32Array, x: Float32Array): number {
  const dim = x.length
  let [best, largest] = [0, Number.NEGATIVE_INFINITY]
  for (let v = 0; v * dim < table.length; v++) {
    let product = 0
    for (let k = 0; k < dim; k++) product += table[v * dim + k] * x[k]
    if (product > largest) [best, largest] = [v, product]
  }
  return best
}
