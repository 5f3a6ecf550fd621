/** @file What masked diffusion must give, by enumeration: the law of its ancestral sampler, its bound. */
import { allRows, rowNumber } from '@trivium/languages'
import type { AbsorbingProcess } from '../absorbing.ts'
import type { Oracle } from './oracle.ts'

/**
 * The exact law [V^L] of S-step ancestral sampling from an all-MASK canvas, by following every canvas and its probability.
 * Written apart from the sampler: positions unmask independently, and each draws from its own marginal.
 */
export async function ancestralLaw(
  { vocabulary, denoise }: Pick<Oracle, 'vocabulary' | 'denoise'>,
  process: AbsorbingProcess,
  length: number,
  steps: number,
): Promise<Float64Array> {
  const v = vocabulary.textSize
  const base = v + 1 // MASK is the last digit
  let law = new Float64Array(base ** length)
  law[base ** length - 1] = 1
  const states = allRows(base, length)
  for (let step = 1; step <= steps; step++) {
    const unmask = process.unmaskProbability(1 - step / steps, 1 - (step - 1) / steps)
    const next = new Float64Array(law.length)
    for (let n = 0; n < law.length; n++) {
      if (law[n] === 0) continue
      const logits = await denoise([states[n]])
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
  { score, vocabulary }: Pick<Oracle, 'score' | 'vocabulary'>,
  row: Int32Array,
): Promise<number> {
  const length = row.length
  let total = 0
  for (let set = 1; set < 2 ** length; set++) {
    const masked = (i: number): boolean => (set >> i) % 2 === 1
    const input = row.map((token, i) => (masked(i) ? vocabulary.mask : token))
    const nll = await score([input], [row])
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
