/** @file Low-confidence remasking (LLaDA 2502.09992, algorithm 5): predict everything, keep the most confident. */
import {
  blocksOf,
  commit,
  maskedPositions,
  type RowContext,
  type RowProgram,
  rankedCandidates,
} from './row.ts'

/**
 * Block by block, step i keeps the k_i = ⌊m/S⌋ + [i < m mod S] most confident of the m masked positions of the block. A token
 * is drawn with the temperature, its confidence is untempered, and only masked positions of the block compete.
 *
 * NFE = S, less where fewer positions are masked than S (one position a step is the slowest there is), more where
 * there are more blocks than S (a block needs one).
 */
export function* lowConfidence(
  context: RowContext,
  { steps, temperature, blockLength }: { steps: number; temperature: number; blockLength?: number },
): RowProgram {
  const { row, mask } = context
  const blocks = blocksOf(maskedPositions(row, mask), blockLength)
  const shares = stepsPerBlock(
    steps,
    blocks.map((b) => b.length),
  )
  let step = 0
  for (let b = 0; b < blocks.length; b++) {
    const size = blocks[b].length
    let open = blocks[b]
    for (let i = 0; i < shares[b]; i++) {
      step += 1
      const logits = yield step
      const ranked = rankedCandidates(open, logits, step, temperature, context)
      const keep = Math.floor(size / shares[b]) + (i < size % shares[b] ? 1 : 0)
      for (const { position, drawn } of ranked.slice(0, keep)) commit(row, position, drawn)
      open = open.filter((position) => row.tokens[position] === mask)
    }
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
