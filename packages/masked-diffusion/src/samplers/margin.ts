/** @file Margin remasking (Dream 2508.15487; train for the worst, plan for the best 2502.06768): keep what is least in doubt. */
import type { MaskedSampler } from './blockwise.ts'
import { keepBest } from './keep-best.ts'

/**
 * Keeps the draws at the positions where the best token leads the second by most, p₁−p₂, untempered. The score does not
 * look at what was drawn there, so with one position a step and an exact denoiser it samples the language itself.
 */
export function margin(options: { readonly steps: number; readonly blockLength?: number }): MaskedSampler {
  return keepBest(options, (_, logits) => lead(logits))
}

/** p₁−p₂ of softmax(logits); 1 where there is one token alone. */
export function lead(logits: Float32Array): number {
  let [first, second] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const logit of logits) {
    if (logit > first) [first, second] = [logit, first]
    else if (logit > second) second = logit
  }
  let total = 0
  for (const logit of logits) total += Math.exp(logit - first)
  return (1 - Math.exp(second - first)) / total
}
