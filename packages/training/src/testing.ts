/** @file A one-matrix language model for tests: p(next | previous) = softmax(table[previous]). Fast, with a known optimum. */
import { crossEntropy, embedding, intTensor, type ParamTree, type Tensor, tensor } from '@trivium/engine'
import { type LanguageModel, plainVocabulary, type TokenBatch } from '@trivium/language-model'
import { type MarkovLanguage, markovLanguage } from '@trivium/languages'
import { createRng } from '@trivium/random'

const V = 4
const length = 33

/** Rows of different entropies. */
export const language: MarkovLanguage = markovLanguage({
  transition: [
    [0.7, 0.1, 0.1, 0.1],
    [0.05, 0.05, 0.45, 0.45],
    [0.25, 0.25, 0.25, 0.25],
    [0.9, 0.02, 0.02, 0.06],
  ],
})

/** Of a token given the one before, nats. */
export function entropyRate(): number {
  return 2 * language.entropyRate(2) - language.entropyRate(1)
}

/** Batch `index`: rows of the language, [B, L]. */
export function chainBatch(index: number): TokenBatch {
  const batch = 8
  const tokens = new Int32Array(batch * length)
  for (let b = 0; b < batch; b++) tokens.set(language.sample(createRng(3).fork(index, b), length), b * length)
  return { tokens, batch, length }
}

export function bigramModel(): LanguageModel {
  let params: ParamTree = { table: tensor(new Float32Array(V * V), [V, V]), unused: tensor([1, 2], [2]) }
  const unsupported = async (): Promise<never> => {
    throw new Error('only trained in tests')
  }
  return {
    paradigm: 'autoregressive',
    vocabulary: plainVocabulary(V),
    context: 64,
    get params() {
      return params
    },
    setParams(next) {
      params = next
    },
    loss({ tokens, batch, length }) {
      const pairs = batch * (length - 1)
      const from = new Int32Array(pairs)
      const to = new Int32Array(pairs)
      for (let b = 0; b < batch; b++)
        for (let l = 0; l + 1 < length; l++) {
          from[b * (length - 1) + l] = tokens[b * length + l]
          to[b * (length - 1) + l] = tokens[b * length + l + 1]
        }
      const weights = tensor(new Float32Array(pairs).fill(1 / pairs), [pairs])
      return crossEntropy(
        embedding(params.table as Tensor, intTensor(from, [pairs])),
        intTensor(to, [pairs]),
        weights,
      )
    },
    processState: () => ({}),
    loadProcessState: () => {},
    logLikelihood: unsupported,
    decode() {
      throw new Error('only trained in tests')
    },
    generate: unsupported,
    dispose: () => {},
  }
}
