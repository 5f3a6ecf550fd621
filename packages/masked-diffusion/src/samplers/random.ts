/** @file The control of every clever order: as many positions a step as low-confidence, chosen at random. */
import type { MaskedSampler } from './blockwise.ts'
import { stepsPerBlock } from './keep-best.ts'

/**
 * Block by block, step i writes k_i = ⌊m/S⌋ + [i < m mod S] of the m masked positions of the block, all choices alike.
 * NFE = S, bounded as for `keepBest`.
 */
export function random({
  steps,
  blockLength,
}: {
  readonly steps: number
  readonly blockLength?: number
}): MaskedSampler {
  return {
    blockLength,
    stepsOf: (sizes) => stepsPerBlock(steps, sizes),
    *choose({ positions: { length: size }, open, index, of, uniforms, draw }) {
      const u = uniforms('order')
      const count = Math.floor(size / of) + (index <= size % of ? 1 : 0)
      const chosen = open
        .slice()
        .sort((a, b) => u[a] - u[b] || a - b)
        .slice(0, count)
      return draw(
        chosen.sort((a, b) => a - b),
        yield,
      )
    },
  }
}
