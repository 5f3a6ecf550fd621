/** @file A language whose likelihoods, conditionals and entropy can be computed, so that a metric can itself be checked. */
import type { Rng } from '@trivium/random'

export interface SyntheticLanguage {
  readonly name: 'iid' | 'markov' | 'hmm'
  /** Tokens are 0 … vocabSize-1. */
  readonly vocabSize: number
  /** A text of `length` tokens; a pure function of (rng, length). */
  sample(rng: Rng, length: number): Int32Array
  /** ln p(x) in nats; -Infinity for a text that the language cannot write. */
  logProb(x: Int32Array): number
  /**
   * Exact marginals p(x_i = v | known tokens), row-major [L, V], of a canvas with -1 at the unknown positions: the exact
   * denoiser. A known position is one-hot.
   * @throws InputError when the known tokens cannot occur together
   */
  conditional(canvas: Int32Array): Float64Array
  /** H(x_1 … x_L) / L in nats per token. */
  entropyRate(length: number): number
  /** Standard error of `entropyRate` in nats per token; 0 where that is exact. */
  entropyRateStderr(length: number): number
}
