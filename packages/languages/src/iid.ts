/** @file Independent tokens: every conditional is the unigram, so decoding all positions at once is exact. */
import { InputError } from '@trivium/schema'
import type { Language } from './language.ts'
import { observationLikelihood } from './observation.ts'
import { checkTokens, drawIndex, entropy, flatten } from './probability.ts'

/** @throws InputError unless `probabilities` is a distribution */
export function iidLanguage(probabilities: readonly number[]): Language {
  const V = probabilities.length
  const p = flatten([probabilities], 1, V, 'probabilities')
  return {
    name: 'iid',
    vocabSize: V,
    sample: (rng, length) => Int32Array.from(rng.uniforms(length), (u) => drawIndex(p, 0, V, u)),
    logProb(x) {
      checkTokens(x, V)
      return x.reduce((sum, token) => sum + Math.log(p[token]), 0)
    },
    errors(x) {
      checkTokens(x, V)
      return x.reduce((n, token) => n + (p[token] === 0 ? 1 : 0), 0)
    },
    conditional(canvas, noise = 0) {
      checkTokens(canvas, V, true)
      const out = observationLikelihood(canvas, V, noise) // [L, V]
      canvas.forEach((_, i) => {
        let total = 0
        for (let v = 0; v < V; v++) total += out[i * V + v] *= p[v]
        if (total === 0)
          throw new InputError('the known tokens of the canvas cannot occur together in this IID language')
        for (let v = 0; v < V; v++) out[i * V + v] /= total
      })
      return out
    },
    entropyRate: () => entropy(p),
    entropyRateStderr: () => 0,
  }
}
