/** @file Confidence-aware parallel decoding (Fast-dLLM 2505.22618, algorithm 1, threshold form). */
import { bestFirst, type MaskedSampler } from './blockwise.ts'

/**
 * Block by block, every step commits all masked positions of the block whose drawn token has untempered confidence ≥ τ,
 * and the most confident one if none has. NFE is adaptive: between the number of blocks and the number of positions.
 */
export function threshold({
  tau,
  blockLength,
}: {
  readonly tau: number
  readonly blockLength?: number
}): MaskedSampler {
  return {
    blockLength,
    stepsOf: (sizes) => sizes,
    *choose({ open, draw }) {
      if (open.length === 0) return null
      const ranked = bestFirst(draw(open, yield), ({ confidence }) => confidence)
      const sure = ranked.filter(({ confidence }) => confidence >= tau).length
      return ranked.slice(0, Math.max(1, sure))
    },
  }
}
