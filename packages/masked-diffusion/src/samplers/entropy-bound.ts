/** @file Entropy-bounded unmasking (2505.24857): as many positions at once as may disagree by at most γ. */
import { bestFirst, type MaskedSampler } from './blockwise.ts'
import { entropyOf } from './entropy.ts'
import { settling } from './settle.ts'

/**
 * Block by block, every step writes the positions of lowest entropy as long as ΣH − max H ≤ γ (nats, untempered), at least
 * one. The sum without its largest member bounds the mutual information that drawing them apart can lose: γ = 0 writes
 * together only what is already certain. NFE is adaptive. With `settle` a block ends where its most likely tokens stand still.
 */
export function entropyBound({
  gamma,
  blockLength,
  settle,
}: {
  readonly gamma: number
  readonly blockLength?: number
  /** Nats of mean entropy of what is open. */
  readonly settle?: number
}): MaskedSampler {
  const standing = settle === undefined ? null : settling(settle)
  return {
    blockLength,
    stepsOf: (sizes) => sizes,
    *choose({ row, open, textSize, draw }) {
      if (open.length === 0) return null
      const logits = yield
      const last = standing?.(row, open, logits) ?? null
      if (last !== null) return last
      const entropies = new Map(
        open.map((i) => [i, entropyOf(logits.subarray(i * textSize, (i + 1) * textSize))]),
      )
      const at = (position: number): number => entropies.get(position) as number
      const ranked = bestFirst(draw(open, logits), ({ position }) => -at(position))
      return ranked.slice(
        0,
        withinBound(
          ranked.map(({ position }) => at(position)),
          gamma,
        ),
      )
    },
  }
}

/** The largest n with Σ_{i<n} H₍ᵢ₎ − H₍ₙ₎ ≤ γ, of entropies in rising order, so that the last is the largest; at least 1. */
export function withinBound(entropies: readonly number[], gamma: number): number {
  let sum = 0
  let n = 0
  // Rounding must not refuse what is certain.
  while (n < entropies.length && sum <= gamma + 1e-9) sum += entropies[n++]
  return Math.max(1, n)
}
