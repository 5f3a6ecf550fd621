/** @file A one-matrix language model for tests: p(next | previous) = softmax(table[previous]). Fast, with a known optimum. */
import { crossEntropy, embedding, intTensor, type ParamTree, type Tensor, tensor } from '@trivium/engine'
import type { LanguageModel, TokenBatch } from '@trivium/language-model'
import { createRng } from '@trivium/random'

const V = 4

/** A stochastic matrix [V, V] with rows of different entropies. */
export const transition: number[][] = [
  [0.7, 0.1, 0.1, 0.1],
  [0.05, 0.05, 0.45, 0.45],
  [0.25, 0.25, 0.25, 0.25],
  [0.9, 0.02, 0.02, 0.06],
]

/** Entropy rate of the chain, nats a token: Σ π_i H(row i). */
export function entropyRate(): number {
  let pi = [0.25, 0.25, 0.25, 0.25]
  for (let i = 0; i < 500; i++) pi = pi.map((_, j) => pi.reduce((sum, p, k) => sum + p * transition[k][j], 0))
  return pi.reduce((sum, p, i) => sum - p * transition[i].reduce((s, q) => s + q * Math.log(q), 0), 0)
}

/** Batch `index`: rows of the chain from its stationary region, [B, L]. */
export function chainBatch(index: number, batch = 8, length = 33): TokenBatch {
  const tokens = new Int32Array(batch * length)
  for (let b = 0; b < batch; b++) {
    const u = createRng(3)
      .fork(index, b)
      .uniforms(length + 20)
    let state = 0
    for (let i = 0; i < u.length; i++) {
      let c = 0
      const row = transition[state]
      state = row.findIndex((p) => u[i] < (c += p))
      if (i >= 20) tokens[b * length + i - 20] = state
    }
  }
  return { tokens, batch, length }
}

export function bigramModel(): LanguageModel {
  let params: ParamTree = { table: tensor(new Float32Array(V * V), [V, V]), unused: tensor([1, 2], [2]) }
  const unsupported = async (): Promise<never> => {
    throw new Error('only trained in tests')
  }
  return {
    paradigm: 'autoregressive',
    vocabulary: { size: V, textSize: V, mask: V, bos: V, eos: V, pad: V },
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
