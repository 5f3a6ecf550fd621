/** @file Low-confidence remasking (LLaDA 2502.09992, algorithm 5): predict everything, keep the most confident. */
import type { MaskedSampler } from './blockwise.ts'
import { keepBest } from './keep-best.ts'

/** Keeps the draws with the highest untempered probability. */
export function lowConfidence(options: {
  readonly steps: number
  readonly blockLength?: number
}): MaskedSampler {
  return keepBest(options, ({ confidence }) => confidence)
}
