/** @file First-order Markov chains: what comes next depends on the last token alone. */
import { InputError } from '@trivium/schema'
import { stateMarginals } from './forward-backward.ts'
import type { SyntheticLanguage } from './language.ts'
import { checkTokens, drawIndex, entropy, flatten, type Matrix, stationary } from './probability.ts'

export type MarkovParameters = {
  /** [V, V]: row v is p(next | v). */
  readonly transition: Matrix
  /** [V]: p(x_1); the stationary distribution when absent. */
  readonly initial?: readonly number[]
}

/** @throws InputError unless the rows are distributions, or when `initial` is needed and absent */
export function markovLanguage({ transition, initial }: MarkovParameters): SyntheticLanguage {
  const V = transition.length
  const A = flatten(transition, V, V, 'transition')
  const first = initial ? flatten([initial], 1, V, 'initial') : stationary(A, V)
  const chain = { states: V, initial: first, transition: A }
  return {
    name: 'markov',
    vocabSize: V,
    sample(rng, length) {
      const u = rng.uniforms(length)
      const x = new Int32Array(length)
      for (let t = 0; t < length; t++)
        x[t] = t === 0 ? drawIndex(first, 0, V, u[0]) : drawIndex(A, x[t - 1] * V, V, u[t])
      return x
    },
    logProb(x) {
      checkTokens(x, V)
      return x.reduce((sum, token, t) => sum + Math.log(t === 0 ? first[token] : A[x[t - 1] * V + token]), 0)
    },
    conditional(canvas) {
      checkTokens(canvas, V, true)
      const likelihood = new Float64Array(canvas.length * V) // [L, V]
      canvas.forEach((token, i) => {
        if (token < 0) likelihood.fill(1, i * V, (i + 1) * V)
        else likelihood[i * V + token] = 1
      })
      const marginals = stateMarginals(chain, likelihood)
      if (!marginals)
        throw new InputError('the known tokens of the canvas cannot occur together in this Markov language')
      return marginals
    },
    entropyRate: (length) => chainEntropy(first, A, V, length) / length,
    entropyRateStderr: () => 0,
  }
}

/** H(x_1 … x_L) = H(x_1) + Σ_t Σ_v p(x_t = v) H(A_v) (Cover & Thomas 2006, theorem 2.5.1). */
function chainEntropy(first: Float64Array, A: Float64Array, V: number, length: number): number {
  const rowEntropy = Array.from({ length: V }, (_, v) => entropy(A, v * V, V))
  let h = entropy(first)
  let now = first
  for (let t = 1; t < length; t++) {
    const next = new Float64Array(V)
    for (let v = 0; v < V; v++) {
      h += now[v] * rowEntropy[v]
      for (let w = 0; w < V; w++) next[w] += now[v] * A[v * V + w]
    }
    now = next
  }
  return h
}
