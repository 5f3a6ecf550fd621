/**
 * Drawing in two stages and in doubles, against the usual one: Gumbel noise in float32 over MASK and all tokens at once, whose
 * truncated tail takes the rare tokens away (2409.02908).
 */
import { freeCanvas, plainVocabulary } from '@trivium/language-model'
import { chiSquareScore } from '@trivium/languages'
import { createRng, type Rng } from '@trivium/random'
import { describe, expect, it } from 'vitest'
import { createAbsorbingProcess } from '../absorbing.ts'
import { canvases, write } from '../testing/oracle.ts'

const process = createAbsorbingProcess('linear')
const common = 16

/** Half of the mass on 16 tokens, half on all the others. */
const massOf = (v: number, V: number): number => (v < common ? 0.5 / common : 0.5 / (V - common))

/** Tokens that `ancestral` writes where every position says so, in `steps` steps. */
async function written(V: number, positions: number, rows: number, steps: number): Promise<Int32Array> {
  const logits = Float32Array.from({ length: positions * V }, (_, k) => Math.log(massOf(k % V, V)))
  const vocabulary = plainVocabulary(V)
  const out: Int32Array[] = []
  for (let seed = 0; seed < rows; seed++) {
    const canvas = canvases(1, freeCanvas(positions, vocabulary))
    const sampler = { type: 'ancestral', steps, temperature: 1 } as const
    const generation = await write(
      { canvas, sampler, seed },
      { denoise: async () => logits, vocabulary, process },
    )
    out.push(generation.rows[0].tokens)
  }
  return Int32Array.from(out.flatMap((row) => [...row]))
}

/**
 * Counts [common, rare] of about n tokens that argmax(ln p + Gumbel) over MASK and V tokens writes, a share ρ = 1/steps of the mass being
 * the tokens'. Tokens of one probability race as one: the largest of N uniforms on float32's grid is U^{1/N} on it.
 */
function singleStage(V: number, steps: number, n: number, rng: Rng): [number, number] {
  const [grid, chunk] = [2 ** 24, 4096]
  const gumbel = (u: number, tokens: number): number => {
    const top = Math.max(1, Math.min(grid - 1, Math.floor(u ** (1 / tokens) * grid))) / grid
    return Math.fround(-Math.log(Math.fround(-Math.log(top))))
  }
  const logit = (mass: number): number => Math.fround(Math.log(mass))
  const [mask, often, seldom] = [
    logit(1 - 1 / steps),
    logit(massOf(0, V) / steps),
    logit(massOf(V - 1, V) / steps),
  ]
  const counts: [number, number] = [0, 0]
  for (let i = 0; counts[0] + counts[1] < n; i++) {
    const u = rng.uniforms(3 * chunk, 3 * chunk * i)
    for (let k = 0; k < 3 * chunk; k += 3) {
      const stays = mask + gumbel(u[k], 1)
      const [a, b] = [often + gumbel(u[k + 1], common), seldom + gumbel(u[k + 2], V - common)]
      if (a > stays || b > stays) counts[a > b ? 0 : 1] += 1
    }
  }
  return counts
}

describe('the law of the tokens, V = 1,000', () => {
  it('passes χ² over all of them', async () => {
    const V = 1000
    const counts = new Float64Array(V)
    for (const token of await written(V, 500, 20, 64)) counts[token] += 1
    const law = Array.from(counts, (_, v) => massOf(v, V))
    expect(Math.abs(chiSquareScore(counts, law))).toBeLessThan(4.5)
  })

  it('is not that of single-stage float32 Gumbel noise at 8,192 steps', () => {
    expect(chiSquareScore(singleStage(1000, 8192, 300, createRng(1)), [0.5, 0.5])).toBeGreaterThan(3.5)
  })
})

describe('the law of the tokens, V = 50,257', () => {
  const V = 50_257
  it('passes χ² over the common ones and 64 parts of the others', async () => {
    const cells = 64
    const cellOf = (v: number): number =>
      v < common ? v : common + Math.floor((cells * (v - common)) / (V - common))
    const counts = new Float64Array(common + cells)
    const law = new Float64Array(common + cells)
    for (let v = 0; v < V; v++) law[cellOf(v)] += massOf(v, V)
    for (const token of await written(V, 40, 20, 64)) counts[cellOf(token)] += 1
    expect(Math.abs(chiSquareScore(counts, law))).toBeLessThan(4.5)
  })

  it('is not that of single-stage float32 Gumbel noise at 1,024 steps, which loses the rare half', () => {
    const counts = singleStage(V, 1024, 200, createRng(2))
    expect(chiSquareScore(counts, [0.5, 0.5])).toBeGreaterThan(5)
    expect(counts[1] / (counts[0] + counts[1])).toBeLessThan(0.2)
  })
})
