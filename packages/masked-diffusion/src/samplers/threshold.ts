/** @file Confidence-aware parallel decoding (Fast-dLLM 2505.22618, algorithm 1, threshold form). */
import {
  blocksOf,
  commit,
  maskedPositions,
  type RowContext,
  type RowProgram,
  rankedCandidates,
} from './row.ts'

/**
 * Block by block, every step commits all masked positions of the block whose drawn token has untempered confidence ≥ τ,
 * and the most confident one if none has. NFE is adaptive: between the number of blocks and the number of positions.
 */
export function* threshold(
  context: RowContext,
  { tau, temperature, blockLength }: { tau: number; temperature: number; blockLength?: number },
): RowProgram {
  const { row, mask } = context
  let step = 0
  for (const block of blocksOf(maskedPositions(row, mask), blockLength)) {
    let open = block
    while (open.length > 0) {
      step += 1
      const logits = yield step
      const ranked = rankedCandidates(open, logits, step, temperature, context)
      const sure = ranked.filter(({ drawn }) => drawn.confidence >= tau).length
      for (const { position, drawn } of ranked.slice(0, Math.max(1, sure))) commit(row, position, drawn)
      open = open.filter((position) => row.tokens[position] === mask)
    }
  }
}
