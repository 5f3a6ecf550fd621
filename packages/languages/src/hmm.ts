/** @file Hidden Markov models: long memory in the tokens, yet exact posteriors under any mask. */
import { createRng, type Rng } from '@trivium/random'
import { InputError } from '@trivium/schema'
import { type Chain, forward, stateMarginals } from './forward-backward.ts'
import type { Language } from './language.ts'
import { observationLikelihood } from './observation.ts'
import { checkTokens, drawIndex, entropy, flatten, type Matrix, stationary } from './probability.ts'
import { allRows } from './rows.ts'

export type HmmParameters = {
  /** [S, S]: row s is p(next state | s). */
  readonly transition: Matrix
  /** [S, V]: row s is p(token | s). */
  readonly emission: Matrix
  /** [S]: p(s_1); the stationary distribution when absent. */
  readonly initial?: readonly number[]
}

/** Texts drawn for the entropy, which has no closed form. The draw is fixed, so the number is too. */
const entropyDraws = 512
/** Up to this many texts the entropy is summed exactly. */
const enumerable = 4096

/** @throws InputError unless the rows are distributions, or when `initial` is needed and absent */
export function hmmLanguage({ transition, emission, initial }: HmmParameters): Language {
  const S = transition.length
  const V = emission[0]?.length ?? 0
  const A = flatten(transition, S, S, 'transition')
  const E = flatten(emission, S, V, 'emission')
  const first = initial ? flatten([initial], 1, S, 'initial') : stationary(A, S)
  const chain: Chain = { states: S, initial: first, transition: A }
  const evidence = (canvas: Int32Array, noise = 0): Float64Array => evidenceOf(canvas, E, S, V, noise)
  const sample = (rng: Rng, length: number): Int32Array => {
    const u = rng.uniforms(2 * length)
    const x = new Int32Array(length)
    let state = 0
    for (let t = 0; t < length; t++) {
      state = t === 0 ? drawIndex(first, 0, S, u[0]) : drawIndex(A, state * S, S, u[2 * t])
      x[t] = drawIndex(E, state * V, V, u[2 * t + 1])
    }
    return x
  }
  const logProb = (x: Int32Array): number => {
    checkTokens(x, V)
    return forward(chain, evidence(x)).logEvidence
  }
  const known = new Map<number, { mean: number; stderr: number }>()
  const rate = (length: number): { mean: number; stderr: number } => {
    const found = known.get(length)
    if (found) return found
    const value =
      V ** length <= enumerable
        ? { mean: exactEntropy(logProb, V, length) / length, stderr: 0 }
        : drawnEntropyRate(chain, E, V, length, sample)
    known.set(length, value)
    return value
  }
  return {
    name: 'hmm',
    vocabSize: V,
    sample,
    logProb,
    /** 1 for a text that cannot occur: which of its tokens is to blame, a hidden state does not tell. */
    errors: (x) => (logProb(x) === Number.NEGATIVE_INFINITY ? 1 : 0),
    conditional(canvas, noise = 0) {
      checkTokens(canvas, V, true)
      const states = stateMarginals(chain, evidence(canvas, noise))
      if (!states)
        throw new InputError('the known tokens of the canvas cannot occur together in this HMM language')
      return tokenMarginals(canvas, states, E, V, noise)
    },
    entropyRate: (length) => rate(length).mean,
    entropyRateStderr: (length) => rate(length).stderr,
  }
}

/** p(shown token | s_t) where one is shown, 1 where none is; row-major [L, S]. */
function evidenceOf(canvas: Int32Array, E: Float64Array, S: number, V: number, noise = 0): Float64Array {
  const out = new Float64Array(canvas.length * S)
  const other = V > 1 ? noise / (V - 1) : 0
  canvas.forEach((token, t) => {
    for (let s = 0; s < S; s++)
      // The token that is shown was meant, or another one was.
      out[t * S + s] = token < 0 ? 1 : other + (1 - noise - other) * E[s * V + token]
  })
  return out
}

/**
 * Given the states, a token depends on its own state and on what is shown in its place:
 * p(x_t) = Σ_s p(s_t | all) · E[s, x_t] · p(shown | x_t) / p(shown | s_t).
 */
function tokenMarginals(
  canvas: Int32Array,
  states: Float64Array,
  E: Float64Array,
  V: number,
  noise: number,
): Float64Array {
  const S = states.length / canvas.length
  const shown = observationLikelihood(canvas, V, noise)
  const evidence = evidenceOf(canvas, E, S, V, noise)
  const out = new Float64Array(canvas.length * V) // [L, V]
  canvas.forEach((_, t) => {
    for (let s = 0; s < S; s++) {
      const share = states[t * S + s] / evidence[t * S + s]
      if (states[t * S + s] === 0) continue
      for (let v = 0; v < V; v++) out[t * V + v] += share * E[s * V + v] * shown[t * V + v]
    }
  })
  return out
}

function exactEntropy(logProb: (x: Int32Array) => number, V: number, length: number): number {
  let h = 0
  for (const row of allRows(V, length)) {
    const logP = logProb(row)
    if (logP > Number.NEGATIVE_INFINITY) h -= Math.exp(logP) * logP
  }
  return h
}

/**
 * The mean over drawn texts of Σ_t H(x_t | x_<t): unbiased by the chain rule, and steadier than −ln p(x) because the last
 * draw of each step is averaged exactly.
 */
function drawnEntropyRate(
  chain: Chain,
  E: Float64Array,
  V: number,
  length: number,
  sample: (rng: Rng, length: number) => Int32Array,
): { mean: number; stderr: number } {
  const { states: S, initial, transition } = chain
  const rng = createRng(1).fork('hmm-entropy', length)
  let mean = 0
  let squares = 0
  for (let draw = 0; draw < entropyDraws; draw++) {
    const { filtered } = forward(chain, evidenceOf(sample(rng.fork(draw), length), E, S, V))
    let h = 0
    for (let t = 0; t < length; t++) {
      const next = new Float64Array(V)
      for (let s = 0; s < S; s++) {
        let prior = t === 0 ? initial[s] : 0
        if (t > 0) for (let r = 0; r < S; r++) prior += filtered[(t - 1) * S + r] * transition[r * S + s]
        for (let v = 0; v < V; v++) next[v] += prior * E[s * V + v]
      }
      h += entropy(next)
    }
    // Welford's running mean and squares.
    const delta = h / length - mean
    mean += delta / (draw + 1)
    squares += delta * (h / length - mean)
  }
  return { mean, stderr: Math.sqrt(squares / (entropyDraws - 1) / entropyDraws) }
}
