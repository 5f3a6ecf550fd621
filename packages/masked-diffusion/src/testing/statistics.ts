/** @file The statistics that the tests decide by: χ², KL, exhaustive enumeration. */
import type { AbsorbingProcess } from '../process.ts'
import type { MarkovLanguage } from './markov.ts'

/** Standard score of Pearson's χ² (Wilson–Hilferty); about normal under the hypothesis. Expected counts are `p`·n. */
export function chiSquareScore(counts: ArrayLike<number>, p: ArrayLike<number>): number {
  let n = 0
  for (let k = 0; k < counts.length; k++) n += counts[k]
  let chi = 0
  let cells = 0
  for (let k = 0; k < counts.length; k++) {
    if (p[k] === 0) {
      if (counts[k] > 0) return Number.POSITIVE_INFINITY
      continue
    }
    chi += (counts[k] - n * p[k]) ** 2 / (n * p[k])
    cells += 1
  }
  const df = cells - 1
  return ((chi / df) ** (1 / 3) - (1 - 2 / (9 * df))) / Math.sqrt(2 / (9 * df))
}

/** KL(counts/n ‖ p), nats. Its floor under the hypothesis is about (cells − 1)/2n. */
export function divergence(counts: ArrayLike<number>, p: ArrayLike<number>): number {
  let n = 0
  for (let k = 0; k < counts.length; k++) n += counts[k]
  let kl = 0
  for (let k = 0; k < counts.length; k++)
    if (counts[k] > 0) kl += (counts[k] / n) * Math.log(counts[k] / n / p[k])
  return kl
}

/** Number of a row among all V^L rows. */
export function rowNumber(row: Int32Array, v: number): number {
  return row.reduce((n, token) => n * v + token, 0)
}

/** All rows of length L over `v` tokens, in the order of `rowNumber`. */
export function allRows(v: number, length: number): Int32Array[] {
  return Array.from({ length: v ** length }, (_, n) =>
    Int32Array.from({ length }, (_, i) => Math.floor(n / v ** (length - 1 - i)) % v),
  )
}

/**
 * The exact law [V^L] of S-step ancestral sampling from an all-MASK canvas, by following every canvas and its probability.
 * Written apart from the sampler: positions unmask independently, and each draws from its own marginal.
 */
export async function ancestralLaw(
  language: MarkovLanguage,
  process: AbsorbingProcess,
  length: number,
  steps: number,
): Promise<Float64Array> {
  const v = language.vocabulary.textSize
  const base = v + 1 // MASK is the last digit
  let law = new Float64Array(base ** length)
  law[base ** length - 1] = 1
  const states = allRows(base, length)
  for (let step = 1; step <= steps; step++) {
    const unmask = process.unmaskProbability(1 - step / steps, 1 - (step - 1) / steps)
    const next = new Float64Array(law.length)
    for (let n = 0; n < law.length; n++) {
      if (law[n] === 0) continue
      const logits = await language.denoise([states[n]])
      let reached: [number, number][] = [[0, law[n]]]
      for (let i = 0; i < length; i++) {
        reached = reached.flatMap(([prefix, p]): [number, number][] => {
          if (states[n][i] !== v) return [[prefix * base + states[n][i], p]]
          const out: [number, number][] = [[prefix * base + v, p * (1 - unmask)]]
          for (let k = 0; k < v; k++) out.push([prefix * base + k, p * unmask * Math.exp(logits[i * v + k])])
          return out
        })
      }
      for (const [state, p] of reached) next[state] += p
    }
    law = next
  }
  return Float64Array.from(allRows(v, length), (row) => law[rowNumber(row, base)])
}

/** Exact Σ_l E[Σ_masked −log p | l masked]/l of a row under a scorer, over all masks. */
export async function exactNelbo(
  language: Pick<MarkovLanguage, 'score' | 'vocabulary'>,
  row: Int32Array,
): Promise<number> {
  const length = row.length
  let total = 0
  for (let set = 1; set < 2 ** length; set++) {
    const masked = (i: number): boolean => (set >> i) % 2 === 1
    const input = row.map((token, i) => (masked(i) ? language.vocabulary.mask : token))
    const nll = await language.score([input], [row])
    let size = 0
    let sum = 0
    for (let i = 0; i < length; i++) {
      if (!masked(i)) continue
      size += 1
      sum += nll[i]
    }
    total += sum / size / binomial(length, size)
  }
  return total
}

/** n choose k. */
export function binomial(n: number, k: number): number {
  let out = 1
  for (let i = 1; i <= k; i++) out = (out * (n - k + i)) / i
  return out
}
