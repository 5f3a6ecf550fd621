/**
 * @file The exact denoiser of a Markov language from tables of its powers: a hidden token depends on the nearest visible one
 * on each side alone. Fast enough for thousands of long rows, and written apart from `exactDenoiser`.
 */
import { plainVocabulary } from '@trivium/language-model'
import type { MarkovLanguage } from '@trivium/languages'
import type { Oracle } from './oracle.ts'

/** Logits ln p(x_i | the visible tokens) for rows of at most `length` tokens. @param language in its stationary state */
export function markovOracle(
  { vocabSize: V, initial, transition }: MarkovLanguage,
  length: number,
): Pick<Oracle, 'vocabulary' | 'denoise'> {
  const vocabulary = plainVocabulary(V)
  const powers = [Float64Array.from({ length: V * V }, (_, k) => Number(k % (V + 1) === 0))]
  for (let n = 1; n <= length; n++)
    powers.push(
      Float64Array.from({ length: V * V }, (_, k) => {
        let sum = 0
        for (let w = 0; w < V; w++) sum += powers[n - 1][Math.floor(k / V) * V + w] * transition[w][k % V]
        return sum
      }),
    )
  const ones = new Float64Array(V * V).fill(1)
  const write = (out: Float32Array, canvas: Int32Array, at: number): void => {
    const L = canvas.length
    let [left, right] = [-1, -1]
    for (let i = 0; i < L; i++) {
      if (canvas[i] !== vocabulary.mask) left = i
      if (right < i) right = i
      while (right < L && canvas[right] === vocabulary.mask) right++
      const [before, from] = left < 0 ? [initial, 0] : [powers[i - left], canvas[left] * V]
      const [after, to] = right === L ? [ones, 0] : [powers[right - i], canvas[right]]
      let total = 0
      for (let v = 0; v < V; v++) total += before[from + v] * after[v * V + to]
      for (let v = 0; v < V; v++)
        out[at + i * V + v] = Math.log((before[from + v] * after[v * V + to]) / total)
    }
  }
  return {
    vocabulary,
    async denoise(canvases) {
      const size = canvases[0].length * V
      const out = new Float32Array(canvases.length * size)
      canvases.forEach((canvas, b) => {
        write(out, canvas, b * size)
      })
      return out
    },
  }
}
