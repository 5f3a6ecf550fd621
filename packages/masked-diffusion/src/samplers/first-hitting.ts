/** @file First-hitting sampling (2409.02908 §4): the exact times at which positions unmask, one after the other. */
import type { MaskedSampler } from './blockwise.ts'

/**
 * The reverse process in continuous time: of n masked positions the next one unmasks at t·u^{1/n}, and every position is
 * as likely to be it. A network without a time input does not see that time, so only the order is drawn: one masked
 * position a step, uniformly. NFE = positions to write.
 */
export function firstHitting({ blockLength }: { readonly blockLength?: number }): MaskedSampler {
  return {
    blockLength,
    stepsOf: (sizes) => sizes,
    *choose({ open, uniforms, draw }) {
      if (open.length === 0) return null
      const u = uniforms('order')
      return draw([open[Math.floor(u[0] * open.length)]], yield)
    },
  }
}
