/**
 * @file A Markov chain as an exact denoiser, for tests: forward–backward gives p(x₀ᵢ | visible tokens) in closed form, so it
 * stands where the network stands.
 */
import type { CanvasRow, Vocabulary } from '@trivium/language-model'
import type { Rng } from '@trivium/random'
import type { PositionScorer } from '../likelihood.ts'
import type { Denoiser } from '../samplers/sample.ts'

export type MarkovLanguage = {
  readonly vocabulary: Vocabulary
  readonly initial: readonly number[]
  readonly transition: readonly (readonly number[])[]
  readonly denoise: Denoiser
  readonly score: PositionScorer
  /** −log p(row), exact. */
  nats(row: Int32Array): number
  sample(length: number, rng: Rng): Int32Array
}

export function testVocabulary(textSize: number): Vocabulary {
  return {
    size: textSize + 4,
    textSize,
    mask: textSize,
    bos: textSize + 1,
    eos: textSize + 2,
    pad: textSize + 3,
  }
}

export function markovLanguage(
  initial: readonly number[],
  transition: readonly (readonly number[])[],
): MarkovLanguage {
  const v = initial.length
  const vocabulary = testVocabulary(v)
  const logits = (row: Int32Array): Float32Array => {
    const marginals = posteriorMarginals(initial, transition, row, vocabulary.mask)
    return Float32Array.from(marginals, Math.log)
  }
  return {
    vocabulary,
    initial,
    transition,
    denoise: async (rows) => concatenate(rows.map(logits)),
    score: async (inputs, targets) =>
      concatenate(
        inputs.map((input, r) => {
          const all = logits(input)
          return Float32Array.from(targets[r], (token, i) => -all[i * v + token])
        }),
      ),
    nats(row) {
      let p = Math.log(initial[row[0]])
      for (let i = 1; i < row.length; i++) p += Math.log(transition[row[i - 1]][row[i]])
      return -p
    },
    sample(length, rng) {
      const u = rng.uniforms(length)
      const row = new Int32Array(length)
      for (let i = 0; i < length; i++) row[i] = pick(i === 0 ? initial : transition[row[i - 1]], u[i])
      return row
    },
  }
}

/** A homogeneous chain: every row of the transition is `masses` shifted by its token, and the first token is uniform. */
export function circulantLanguage(masses: readonly number[]): MarkovLanguage {
  const v = masses.length
  // Doubly stochastic: the uniform law is stationary, so every position looks alike.
  const transition = masses.map((_, from) => masses.map((_, to) => masses[(to - from + v) % v]))
  return markovLanguage(new Array<number>(v).fill(1 / v), transition)
}

/** p(x_i = v | visible tokens), row-major [L, V], by scaled forward–backward. */
function posteriorMarginals(
  initial: readonly number[],
  transition: readonly (readonly number[])[],
  row: Int32Array,
  mask: number,
): Float64Array {
  const v = initial.length
  const length = row.length
  const forward = new Float64Array(length * v)
  const backward = new Float64Array(length * v).fill(1)
  const sees = (i: number, k: number): number => (row[i] === mask || row[i] === k ? 1 : 0)
  for (let i = 0; i < length; i++) {
    for (let k = 0; k < v; k++) {
      let p = i === 0 ? initial[k] : 0
      if (i > 0) for (let j = 0; j < v; j++) p += forward[(i - 1) * v + j] * transition[j][k]
      forward[i * v + k] = p * sees(i, k)
    }
    normalise(forward, i * v, v)
  }
  for (let i = length - 2; i >= 0; i--) {
    for (let k = 0; k < v; k++) {
      let p = 0
      for (let j = 0; j < v; j++) p += transition[k][j] * sees(i + 1, j) * backward[(i + 1) * v + j]
      backward[i * v + k] = p
    }
    normalise(backward, i * v, v)
  }
  const out = forward.map((p, n) => p * backward[n])
  for (let i = 0; i < length; i++) normalise(out, i * v, v)
  return out
}

function normalise(x: Float64Array, from: number, n: number): void {
  let sum = 0
  for (let k = 0; k < n; k++) sum += x[from + k]
  for (let k = 0; k < n; k++) x[from + k] /= sum
}

function pick(p: readonly number[], u: number): number {
  let cumulative = 0
  for (let k = 0; k < p.length; k++) {
    cumulative += p[k]
    if (u < cumulative) return k
  }
  return p.length - 1
}

function concatenate(parts: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(parts.reduce((n, part) => n + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

/** `n` canvases alike. */
export function canvases(n: number, row: CanvasRow): CanvasRow[] {
  return Array.from({ length: n }, () => row)
}
