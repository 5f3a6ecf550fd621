/**
 * @file Typed brackets (Dyck words): all balanced strings of one length are equally likely. A context-free language, so a
 * bracket may depend on one far away; exact posteriors by the inside-outside algorithm (Lari & Young 1990) in O(L³).
 */
import type { Rng } from '@trivium/random'
import { InputError } from '@trivium/schema'
import type { Language } from './language.ts'
import { observationLikelihood } from './observation.ts'
import { checkTokens } from './probability.ts'

/** @param types K kinds of brackets: tokens 0 … K−1 open, K … 2K−1 close. @throws InputError unless it is ≥ 1 */
export function bracketsLanguage(types: number): Language {
  if (!Number.isInteger(types) || types < 1)
    throw new InputError(`brackets of ${types} types: a whole number from 1 up is wanted`)
  const V = 2 * types
  /** ln of how many balanced strings of this length there are: Catalan(n) · K^n. */
  const logCount = (length: number): number => {
    checkEven(length)
    let log = (length / 2) * Math.log(types)
    for (let n = 0; n < length / 2; n++) log += Math.log((2 * (2 * n + 1)) / (n + 2))
    return log
  }
  const errors = (x: Int32Array): number => {
    checkTokens(x, V)
    return unmatched(x, types)
  }
  return {
    name: 'brackets',
    vocabSize: V,
    sample(rng, length) {
      checkEven(length)
      return drawBalanced(rng, length, types)
    },
    logProb: (x) => (errors(x) > 0 ? Number.NEGATIVE_INFINITY : -logCount(x.length)),
    errors,
    conditional(canvas, noise = 0) {
      checkTokens(canvas, V, true)
      checkEven(canvas.length)
      return insideOutside(observationLikelihood(canvas, V, noise), canvas.length, types)
    },
    entropyRate: (length) => logCount(length) / length,
    entropyRateStderr: () => 0,
  }
}

function checkEven(length: number): void {
  if (length % 2 !== 0)
    throw new InputError(`balanced brackets have an even length, not ${length}; add or leave out one token`)
}

/** Closings that do not fit what is open, and openings that are never closed. */
function unmatched(x: Int32Array, types: number): number {
  const open: number[] = []
  let n = 0
  for (const token of x) {
    if (token < types) open.push(token)
    else if (open.pop() !== token - types) n++
  }
  return n + open.length
}

/** Uniform over balanced strings: opens with the share of completions that do (ballot numbers). */
function drawBalanced(rng: Rng, length: number, types: number): Int32Array {
  const u = rng.uniforms(2 * length)
  const completions = ballots(length)
  const x = new Int32Array(length)
  const open: number[] = []
  for (let i = 0; i < length; i++) {
    const rest = length - i - 1
    const opening = completions(rest, open.length + 1)
    const closing = open.length > 0 ? completions(rest, open.length - 1) : 0
    if (u[2 * i] < opening / (opening + closing)) {
      const type = Math.floor(u[2 * i + 1] * types)
      open.push(type)
      x[i] = type
    } else x[i] = types + (open.pop() as number)
  }
  return x
}

/** How many ways `rest` steps of ±1 lead from `depth` to 0 without going below it. */
function ballots(length: number): (rest: number, depth: number) => number {
  const width = length + 2
  const ways = new Float64Array((length + 1) * width)
  ways[0] = 1
  for (let rest = 1; rest <= length; rest++)
    for (let depth = 0; depth <= length; depth++)
      ways[rest * width + depth] =
        ways[(rest - 1) * width + depth + 1] + (depth > 0 ? ways[(rest - 1) * width + depth - 1] : 0)
  return (rest, depth) => (depth > length ? 0 : ways[rest * width + depth])
}

/**
 * Grammar S → ε | open_k S close_k S. Marginals [L, V] of a canvas with likelihoods `shown` [L, V].
 * inside[i, j]: weight of all balanced strings in [i, j); outside[i, j]: of all that surrounds one.
 */
function insideOutside(shown: Float64Array, L: number, types: number): Float64Array {
  const V = 2 * types
  const width = L + 1
  const pair = (i: number, m: number): number => {
    let w = 0
    for (let k = 0; k < types; k++) w += shown[i * V + k] * shown[m * V + types + k]
    return w
  }
  const pairs = new Float64Array(width * width)
  for (let i = 0; i < L; i++) for (let m = i + 1; m < L; m += 2) pairs[i * width + m] = pair(i, m)
  const inside = new Float64Array(width * width)
  for (let i = 0; i <= L; i++) inside[i * width + i] = 1
  for (let size = 2; size <= L; size += 2)
    for (let i = 0; i + size <= L; i++) {
      const j = i + size
      let sum = 0
      for (let m = i + 1; m < j; m += 2)
        sum += pairs[i * width + m] * inside[(i + 1) * width + m] * inside[(m + 1) * width + j]
      inside[i * width + j] = sum
    }
  const total = inside[L]
  if (total === 0)
    throw new InputError('the known tokens of the canvas cannot occur together in this brackets language')
  const outside = new Float64Array(width * width)
  outside[L] = 1
  /** Weight of all strings in which i and m are partners, their own tokens left out. */
  const partners = new Float64Array(width * width)
  for (let size = L; size >= 2; size -= 2)
    for (let i = 0; i + size <= L; i++) {
      const j = i + size
      const around = outside[i * width + j]
      if (around === 0) continue
      for (let m = i + 1; m < j; m += 2) {
        const between = inside[(i + 1) * width + m]
        const behind = inside[(m + 1) * width + j]
        outside[(i + 1) * width + m] += around * pairs[i * width + m] * behind
        outside[(m + 1) * width + j] += around * pairs[i * width + m] * between
        partners[i * width + m] += around * between * behind
      }
    }
  const out = new Float64Array(L * V)
  for (let i = 0; i < L; i++)
    for (let m = i + 1; m < L; m += 2) {
      const weight = partners[i * width + m] / total
      if (weight === 0) continue
      for (let k = 0; k < types; k++) {
        const both = weight * shown[i * V + k] * shown[m * V + types + k]
        out[i * V + k] += both
        out[m * V + types + k] += both
      }
    }
  return out
}
