/** @file The autoregressive language model: next-token cross-entropy, exact likelihood, cached generation. */
import {
  crossEntropy,
  dispose,
  disposeParams,
  embedding,
  intTensor,
  linear,
  type ParamTree,
  read,
  type Tensor,
  tensor,
  tidy,
  tokenNll,
  zeros,
} from '@trivium/engine'
import type {
  Generation,
  GenerationRequest,
  LanguageModel,
  Likelihood,
  LikelihoodOptions,
  LossContext,
  TokenBatch,
  Vocabulary,
} from '@trivium/language-model'
import type { Rng } from '@trivium/random'
import { type BackboneConfig, InputError } from '@trivium/schema'
import { type BackboneParams, backboneForward, initBackbone, normalTensor } from '@trivium/transformer'
import { generateRows } from './generate.ts'

export type AutoregressiveParams = {
  readonly embedding: Tensor // [vocabulary.size, D]
  readonly backbone: BackboneParams
  readonly head: { readonly weight: Tensor /* [D, textSize] */; readonly bias: Tensor /* [textSize] */ }
} & ParamTree

export type AutoregressiveConfig = {
  readonly backbone: BackboneConfig
  readonly vocabulary: Vocabulary
  readonly rng: Rng
}

/** A new model with initial weights; the head is zero, so the first prediction is uniform. */
export function createAutoregressive({ backbone, vocabulary, rng }: AutoregressiveConfig): LanguageModel {
  const d = backbone.width
  let params = {
    embedding: normalTensor(rng.fork('embedding'), [vocabulary.size, d], 1 / Math.sqrt(d)),
    backbone: initBackbone(backbone, rng.fork('backbone')),
    head: { weight: zeros([d, vocabulary.textSize]), bias: zeros([vocabulary.textSize]) },
  } as AutoregressiveParams

  /** Logits [B·L, textSize] that predict each token of a batch from those before it. */
  const predict = ({ tokens, batch, length }: TokenBatch): Tensor => {
    const inputs = shiftRight(tokens, batch, length, vocabulary.bos)
    const x = embedding(params.embedding, intTensor(inputs, [batch * length])) // [B·L, D]
    const h = backboneForward(params.backbone, backbone, x, { batch, length, attention: 'causal' })
    return linear(h, params.head.weight, params.head.bias)
  }

  return {
    paradigm: 'autoregressive',
    vocabulary,
    context: backbone.context,
    get params() {
      return params
    },
    setParams(next) {
      params = next as AutoregressiveParams
    },
    loss(batch: TokenBatch, _context: LossContext): Tensor {
      const n = batch.batch * batch.length
      const weights = tensor(new Float32Array(n).fill(1 / n), [n])
      return crossEntropy(predict(batch), intTensor(batch.tokens, [n]), weights)
    },
    processState: () => ({}),
    loadProcessState: () => {},
    logLikelihood: (rows, options) => exactLikelihood(rows, backbone.context, predict, options),
    generate: (request: GenerationRequest): Promise<Generation> =>
      generateRows({ params, backbone, vocabulary }, request),
    dispose: () => disposeParams(params),
  }
}

/** BOS, then all tokens of the row but the last. Row-major [B, L]. */
export function shiftRight(tokens: Int32Array, batch: number, length: number, bos: number): Int32Array {
  const out = new Int32Array(batch * length)
  for (let b = 0; b < batch; b++) {
    out[b * length] = bos
    out.set(tokens.subarray(b * length, (b + 1) * length - 1), b * length + 1)
  }
  return out
}

/** Exact −log p of each row by the chain rule, the first token included. */
async function exactLikelihood(
  rows: readonly Int32Array[],
  context: number,
  predict: (batch: TokenBatch) => Tensor,
  options: LikelihoodOptions = {},
): Promise<Likelihood[]> {
  const out: Likelihood[] = []
  const batchSize = options.batchSize ?? 16
  for (let from = 0; from < rows.length; ) {
    const length = rows[from].length
    if (length === 0 || length > context)
      throw new InputError(`row ${from} has ${length} tokens; the model scores 1 to ${context}`)
    // Rows of one length share a forward.
    let to = from
    while (to < rows.length && to - from < batchSize && rows[to].length === length) to++
    const batch = to - from
    const tokens = new Int32Array(batch * length)
    for (let b = 0; b < batch; b++) tokens.set(rows[from + b], b * length)
    const nll = tidy(() => tokenNll(predict({ tokens, batch, length }), intTensor(tokens, [batch * length])))
    const values = await read(nll)
    dispose(nll)
    for (let b = 0; b < batch; b++) {
      let nats = 0
      for (let l = 0; l < length; l++) nats += values[b * length + l]
      out.push({ nats, kind: 'exact', bound: 'exact', stderr: 0, draws: 1 })
    }
    from = to
  }
  return out
}
