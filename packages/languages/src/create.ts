/** @file Random languages by their sizes and a seed. */
import { createRng } from '@trivium/random'
import { hmmLanguage } from './hmm.ts'
import { iidLanguage } from './iid.ts'
import type { SyntheticLanguage } from './language.ts'
import { markovLanguage } from './markov.ts'
import { randomStochastic } from './probability.ts'

export type LanguageSpec = {
  readonly type: SyntheticLanguage['name']
  readonly vocabSize: number
  readonly seed: number
  /** Hidden states of `hmm`; vocabSize / 2, rounded up, when absent. */
  readonly states?: number
  /** Rows are softmax(sharpness × normals): 0 is uniform, 3 is nearly deterministic. 1.5 when absent. */
  readonly sharpness?: number
}

/** A language with random parameters, a pure function of the specification; it starts in its stationary state. */
export function createLanguage(spec: LanguageSpec): SyntheticLanguage {
  const { type, vocabSize, seed, states = Math.ceil(vocabSize / 2), sharpness = 1.5 } = spec
  const rng = createRng(seed).fork('language', type)
  const matrix = (label: string, rows: number, columns: number): number[][] =>
    randomStochastic(rng.fork(label), rows, columns, sharpness)
  if (type === 'iid') return iidLanguage(matrix('probabilities', 1, vocabSize)[0])
  if (type === 'markov') return markovLanguage({ transition: matrix('transition', vocabSize, vocabSize) })
  return hmmLanguage({
    transition: matrix('transition', states, states),
    emission: matrix('emission', states, vocabSize),
  })
}
