/** @file Confidence-aware parallel decoding (Fast-dLLM 2505.22618, factor form): how many at once, by how sure the least is. */
import { bestFirst, type MaskedSampler } from './blockwise.ts'

/**
 * Block by block, every step commits the n most confident draws for the largest n with (n+1)·(1 − c₍ₙ₎) < f, at least one:
 * the more are written at once, the surer the least sure of them must be. Confidences are untempered. NFE is adaptive.
 */
export function factor({
  factor: f,
  blockLength,
}: {
  readonly factor: number
  readonly blockLength?: number
}): MaskedSampler {
  return {
    blockLength,
    stepsOf: (sizes) => sizes,
    *choose({ open, draw }) {
      if (open.length === 0) return null
      const ranked = bestFirst(draw(open, yield), ({ confidence }) => confidence)
      return ranked.slice(
        0,
        Math.max(
          1,
          largestCount(
            ranked.map(({ confidence }) => confidence),
            f,
          ),
        ),
      )
    },
  }
}

/** The largest n with (n+1)·(1 − c₍ₙ₎) < f, of confidences in falling order; 0 when there is none. */
export function largestCount(confidences: readonly number[], f: number): number {
  for (let n = confidences.length; n > 0; n--) if ((n + 1) * (1 - confidences[n - 1]) < f) return n
  return 0
}
