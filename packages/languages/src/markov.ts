/** @file First-order Markov chains: what comes next depends on the last token alone. */
import { InputError } from '@trivium/schema'
import { stateMarginals } from './forward-backward.ts'
import type { Language } from './language.ts'
import { observationLikelihood } from './observation.ts'
import { checkTokens, drawIndex, entropy, flatten, type Matrix, stationary } from './probability.ts'

export type MarkovParameters = {
  /** [V, V]: row v is p(next | v). */
  readonly transition: Matrix
  /** [V]: p(x_1); the stationary distribution when absent. */
  readonly initial?: readonly number[]
}

export interface MarkovLanguage extends Language {
  readonly transition: Matrix
  /** [V]: p(x_1). */
  readonly initial: readonly number[]
}

/** @throws InputError unless the rows are distributions, or when `initial` is needed and absent */
export function markovLanguage(
  { transition, initial }: MarkovParameters,
  name: 'markov' | 'chain' = 'markov',
): MarkovLanguage {
  const V = transition.length
  const A = flatten(transition, V, V, 'transition')
  const first = initial ? flatten([initial], 1, V, 'initial') : stationary(A, V)
  const chain = { states: V, initial: first, transition: A }
  return {
    name,
    vocabSize: V,
    transition,
    initial: Array.from(first),
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
    errors: (x) => forbiddenSteps(x, first, A, V),
    conditional(canvas, noise = 0) {
      checkTokens(canvas, V, true)
      const marginals = stateMarginals(chain, observationLikelihood(canvas, V, noise))
      if (!marginals)
        throw new InputError('the known tokens of the canvas cannot occur together in this Markov language')
      return marginals
    },
    entropyRate: (length) => chainEntropy(first, A, V, length) / length,
    entropyRateStderr: () => 0,
  }
}

/**
 * A homogeneous chain: row v of the transition is `masses` shifted by v, and the first token is uniform, so that every token
 * and every position looks like any other.
 * @throws InputError unless `masses` is a distribution
 */
export function circulantLanguage(masses: readonly number[]): MarkovLanguage {
  const V = masses.length
  const transition = masses.map((_, from) => masses.map((_, to) => masses[(to - from + V) % V]))
  return markovLanguage({ transition, initial: new Array<number>(V).fill(1 / V) })
}

function forbiddenSteps(x: Int32Array, first: Float64Array, A: Float64Array, V: number): number {
  checkTokens(x, V)
  return x.reduce((n, token, t) => n + ((t === 0 ? first[token] : A[x[t - 1] * V + token]) === 0 ? 1 : 0), 0)
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
