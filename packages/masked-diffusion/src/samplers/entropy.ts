/** @file Entropy remasking (Dream 2508.15487): keep the predictions that leave least open. */
import type { MaskedSampler } from './blockwise.ts'
import { keepBest } from './keep-best.ts'

/** Keeps the draws at the positions of lowest entropy, untempered. The score does not look at what was drawn there. */
export function entropy(options: { readonly steps: number; readonly blockLength?: number }): MaskedSampler {
  return keepBest(options, (_, logits) => -entropyOf(logits))
}

/** H(softmax(logits)) in nats. */
export function entropyOf(logits: ArrayLike<number>): number {
  let max = Number.NEGATIVE_INFINITY
  for (let v = 0; v < logits.length; v++) if (logits[v] > max) max = logits[v]
  let total = 0
  let weighted = 0
  for (let v = 0; v < logits.length; v++) {
    const mass = Math.exp(logits[v] - max)
    total += mass
    // 0·∞ is no number: what cannot occur adds nothing.
    if (mass > 0) weighted += mass * (logits[v] - max)
  }
  return Math.log(total) - weighted / total
}
