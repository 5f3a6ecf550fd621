/**
 * @file Samplers that predict everything and keep the best of it, a share a step (LLaDA 2502.09992, algorithm 5). Which
 * predictions are the best is all they differ in.
 */
import { bestFirst, type MaskedSampler, type Write } from './blockwise.ts'

/** How good a drawn token is, by it and the logits [V] of its position. */
export type Score = (drawn: Write, logits: Float32Array) => number

/**
 * Block by block, step i keeps the k_i = ⌊m/S⌋ + [i < m mod S] best of the m masked positions of the block. Only masked
 * positions of the block compete.
 *
 * NFE = S, less where fewer positions are masked than S (one position a step is the slowest there is), more where
 * there are more blocks than S (a block needs one).
 */
export function keepBest(
  { steps, blockLength }: { readonly steps: number; readonly blockLength?: number },
  score: Score,
): MaskedSampler {
  return {
    blockLength,
    stepsOf: (sizes) => stepsPerBlock(steps, sizes),
    *choose({ positions: { length: size }, open, index, of, textSize, draw }) {
      const logits = yield
      const ranked = bestFirst(draw(open, logits), (drawn) =>
        score(drawn, logits.subarray(drawn.position * textSize, (drawn.position + 1) * textSize)),
      )
      return ranked.slice(0, Math.floor(size / of) + (index <= size % of ? 1 : 0))
    },
  }
}

/**
 * S steps over blocks with `sizes` masked positions: one each, the rest in proportion to what a block can use, never more
 * than its size. Equal blocks and a divisible S give LLaDA's S / blocks. Sums to min(S, Σ sizes) when S ≥ blocks.
 */
export function stepsPerBlock(steps: number, sizes: readonly number[]): number[] {
  const positions = sizes.reduce((a, b) => a + b, 0)
  const spare = positions - sizes.length
  const extra = Math.max(0, Math.min(steps, positions) - sizes.length)
  let before = 0
  return sizes.map((size) => {
    if (spare === 0) return 1
    const after = before + size - 1
    const share = Math.floor((extra * after) / spare) - Math.floor((extra * before) / spare)
    before = after
    return 1 + share
  })
}
