/** @file A language whose likelihoods, conditionals and entropy can be computed, so that a metric can itself be checked. */
import type { Rng } from '@trivium/random'

export const languageNames = ['iid', 'markov', 'hmm', 'blocks', 'chain', 'brackets'] as const
export type LanguageName = (typeof languageNames)[number]

export interface Language {
  readonly name: LanguageName
  /** Tokens are 0 … vocabSize-1. */
  readonly vocabSize: number
  /** A text of `length` tokens; a pure function of (rng, length). */
  sample(rng: Rng, length: number): Int32Array
  /** ln p(x) in nats; -Infinity for a text that the language cannot write. */
  logProb(x: Int32Array): number
  /** Tokens of a text that cannot stand where they stand, given the others: 0 exactly when `logProb` is finite. */
  errors(x: Int32Array): number
  /**
   * Exact marginals p(x_i = v | known tokens), row-major [L, V], of a canvas with -1 at the unknown positions: the exact
   * denoiser. A known position is one-hot.
   * @param noise chance that a known token is not the one that was meant (uniformly another): the marginals at known
   * positions then say what should stand there, and no canvas is impossible. The oracle of samplers that revise.
   * @throws InputError when the known tokens cannot occur together and `noise` is 0
   */
  conditional(canvas: Int32Array, noise?: number): Float64Array
  /** H(x_1 … x_L) / L in nats per token. */
  entropyRate(length: number): number
  /** Standard error of `entropyRate` in nats per token; 0 where that is exact. */
  entropyRateStderr(length: number): number
}
