/** @file The autoregressive language model: next-token cross-entropy, exact likelihood, cached generation. */
import {
  crossEntropy,
  dispose,
  disposeParams,
  intTensor,
  read,
  type Tensor,
  tensor,
  tidy,
  tokenNll,
} from '@trivium/engine'
import {
  checkRows,
  drain,
  freeCounts,
  type LanguageModel,
  type Likelihood,
  type LikelihoodOptions,
  type LossContext,
  scoredPositions,
  scoringRanges,
  stackRows,
  type TokenBatch,
  type Vocabulary,
} from '@trivium/language-model'
import type { Rng } from '@trivium/random'
import { type BackboneConfig, InputError } from '@trivium/schema'
import { initTokenNetwork, type TokenNetworkParams, tokenLogits } from '@trivium/transformer'
import { decodeRows } from './decode.ts'

export type AutoregressiveConfig = {
  readonly backbone: BackboneConfig
  readonly vocabulary: Vocabulary
  readonly rng: Rng
}

/** A new model with initial weights; the head is zero, so the first prediction is uniform. */
export function createAutoregressive({ backbone, vocabulary, rng }: AutoregressiveConfig): LanguageModel {
  let params = initTokenNetwork(backbone, vocabulary, rng)

  /** Logits [B·L, textSize] that predict each token of a batch from those before it. */
  const predict = ({ tokens, batch, length }: TokenBatch): Tensor => {
    const inputs = shiftRight(tokens, batch, length, vocabulary.bos)
    return tokenLogits(params, backbone, { tokens: inputs, batch, length }, { attention: 'causal' })
  }

  const decode: LanguageModel['decode'] = (request) => decodeRows({ params, backbone, vocabulary }, request)

  return {
    paradigm: 'autoregressive',
    vocabulary,
    context: backbone.context,
    get params() {
      return params
    },
    setParams(next) {
      params = next as TokenNetworkParams
    },
    loss(batch: TokenBatch, _context: LossContext): Tensor {
      const n = batch.batch * batch.length
      return crossEntropy(predict(batch), intTensor(batch.tokens, [n]), tensor(meanWeights(batch), [n]))
    },
    processState: () => ({}),
    loadProcessState: () => {},
    async logLikelihood(rows, options) {
      checkRows(rows, vocabulary, backbone.context, options)
      return exactLikelihood(rows, predict, options)
    },
    decode,
    generate: (request) => drain(decode(request)),
    dispose: () => disposeParams(params),
  }
}

/** BOS, then all tokens of the row but the last. Row-major [B, L]. */
function shiftRight(tokens: Int32Array, batch: number, length: number, bos: number): Int32Array {
  const out = new Int32Array(batch * length)
  for (let b = 0; b < batch; b++) {
    out[b * length] = bos
    out.set(tokens.subarray(b * length, (b + 1) * length - 1), b * length + 1)
  }
  return out
}

/** 1/(B·free positions of the row) where free, 0 where given [B·L]: the mean over rows of the mean over their free positions. */
function meanWeights(batch: TokenBatch): Float32Array {
  const counts = freeCounts(batch)
  return Float32Array.from(batch.tokens, (_, i) =>
    batch.given?.[i] === 1 ? 0 : 1 / (batch.batch * counts[Math.floor(i / batch.length)]),
  )
}

/** Exact −log p of each row by the chain rule, the first token included; behind a given prefix, of the rest given it. */
async function exactLikelihood(
  rows: readonly Int32Array[],
  predict: (batch: TokenBatch) => Tensor,
  options: LikelihoodOptions = {},
): Promise<Likelihood[]> {
  const scored = scoredPositions(rows, options)
  rows.forEach((row, r) => refuseGap(row, scored[r], r))
  const out: Likelihood[] = []
  for await (const [from, to] of scoringRanges(rows.length, (r) => rows[r].length, options)) {
    const batch = stackRows(rows.slice(from, to))
    const nll = tidy(() => tokenNll(predict(batch), intTensor(batch.tokens, [batch.tokens.length])))
    const values = await read(nll)
    dispose(nll)
    for (let r = from; r < to; r++) {
      let nats = 0
      for (const l of scored[r]) nats += values[(r - from) * batch.length + l]
      out.push({ nats, kind: 'exact', bound: 'exact', stderr: 0, draws: 1 })
    }
  }
  return out
}

/** @throws InputError when something is given behind a free position: the chain rule does not condition on it. */
function refuseGap(row: Int32Array, scored: readonly number[], index: number): void {
  if (scored[0] + scored.length !== row.length)
    throw new InputError(
      `row ${index} has given tokens behind free ones: an autoregressive model knows the exact likelihood of what follows a given prefix alone; use a diffusion model to score a gap`,
    )
}
