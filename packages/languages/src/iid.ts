/** @file Independent tokens: every conditional is the unigram, so decoding all positions at once is exact. */

import type { SyntheticLanguage } from './language.ts'
import { checkTokens, drawIndex, entropy, flatten } from './probability.ts'

/** @throws InputError unless `probabilities` is a distribution */
export function iidLanguage(probabilities: readonly number[]): SyntheticLanguage {
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
    conditional(canvas) {
      checkTokens(canvas, V, true)
      const out = new Float64Array(canvas.length * V) // [L, V]
      canvas.forEach((token, i) => {
        if (token < 0) out.set(p, i * V)
        else out[i * V + token] = 1
      })
      return out
    },
    entropyRate: () => entropy(p),
    entropyRateStderr: () => 0,
  }
}
