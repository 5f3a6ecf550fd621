/** @file The masked diffusion language model: a bidirectional backbone that predicts x₀ at every masked position. */
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
import {
  checkCanvas,
  checkRows,
  drain,
  type Generation,
  type GenerationRequest,
  type LanguageModel,
  type LossContext,
  stackRows,
  type TokenBatch,
  type TraceEvent,
  type Vocabulary,
} from '@trivium/language-model'
import type { Rng } from '@trivium/random'
import type { BackboneConfig, MaskedOptions } from '@trivium/schema'
import { type BackboneParams, backboneForward, initBackbone, normalTensor } from '@trivium/transformer'
import { maskedNelbo } from './likelihood.ts'
import { corruptBatch } from './loss.ts'
import { createAbsorbingProcess } from './process.ts'
import { decodeMasked } from './samplers/decode.ts'

export type MaskedDiffusionParams = {
  readonly embedding: Tensor // [vocabulary.size, D]
  readonly backbone: BackboneParams
  readonly head: { readonly weight: Tensor /* [D, textSize] */; readonly bias: Tensor /* [textSize] */ }
} & ParamTree

export type MaskedDiffusionConfig = {
  readonly backbone: BackboneConfig
  readonly options: MaskedOptions
  readonly vocabulary: Vocabulary
  readonly rng: Rng
}

/**
 * A new model with initial weights; the head is zero, so the first prediction is uniform.
 *
 * SUBS (MDLM §3.2.3) is structural: the head has text tokens only, so MASK has probability 0, and visible positions are never
 * predicted: they weigh 0 in the loss and no sampler writes to them. There is no time input: the posterior of an absorbing
 * process depends on t only through what is masked.
 */
export function createMaskedDiffusion({
  backbone,
  options,
  vocabulary,
  rng,
}: MaskedDiffusionConfig): LanguageModel {
  const process = createAbsorbingProcess(options.schedule)
  let params = initParams(backbone, vocabulary, rng)

  /** Logits [B·L, textSize] of x₀. tokens row-major [B, L], MASK included. */
  const networkLogits = ({ tokens, batch, length }: TokenBatch): Tensor => {
    const x = embedding(params.embedding, intTensor(tokens, [batch * length])) // [B·L, D]
    const h = backboneForward(params.backbone, backbone, x, { batch, length, attention: 'bidirectional' })
    return linear(h, params.head.weight, params.head.bias)
  }

  async function* decode(request: GenerationRequest): AsyncGenerator<TraceEvent, Generation, void> {
    checkCanvas(request.canvas, vocabulary, backbone.context)
    const denoise = (canvases: readonly Int32Array[]): Promise<Float32Array> =>
      readAndDispose(tidy(() => networkLogits(stackRows(canvases))))
    return yield* decodeMasked(request, { denoise, vocabulary, process })
  }

  return {
    paradigm: 'masked-diffusion',
    vocabulary,
    context: backbone.context,
    get params() {
      return params
    },
    setParams(next) {
      params = next as MaskedDiffusionParams
    },
    loss(batch: TokenBatch, context: LossContext): Tensor {
      const n = batch.batch * batch.length
      const { inputs, weights } = corruptBatch(batch, context, process, options.weighting, vocabulary.mask)
      const logits = networkLogits({ ...batch, tokens: inputs })
      return crossEntropy(logits, intTensor(batch.tokens, [n]), tensor(weights, [n]))
    },
    processState: () => ({}),
    loadProcessState: () => {},
    async logLikelihood(rows, likelihood) {
      checkRows(rows, vocabulary, backbone.context, likelihood)
      return maskedNelbo(rows, scorer(networkLogits), vocabulary, likelihood)
    },
    decode,
    generate: (request) => drain(decode(request)),
    dispose: () => disposeParams(params),
  }
}

function initParams(backbone: BackboneConfig, vocabulary: Vocabulary, rng: Rng): MaskedDiffusionParams {
  const d = backbone.width
  return {
    embedding: normalTensor(rng.fork('embedding'), [vocabulary.size, d], 1 / Math.sqrt(d)),
    backbone: initBackbone(backbone, rng.fork('backbone')),
    head: { weight: zeros([d, vocabulary.textSize]), bias: zeros([vocabulary.textSize]) },
  } as MaskedDiffusionParams
}

/** −log p of the targets at every position, [B·L] nats. */
const scorer =
  (networkLogits: (batch: TokenBatch) => Tensor) =>
  (inputs: readonly Int32Array[], targets: readonly Int32Array[]): Promise<Float32Array> => {
    const { tokens, batch, length } = stackRows(targets)
    return readAndDispose(
      tidy(() => tokenNll(networkLogits(stackRows(inputs)), intTensor(tokens, [batch * length]))),
    )
  }

async function readAndDispose(x: Tensor): Promise<Float32Array> {
  try {
    return await read(x)
  } finally {
    dispose(x)
  }
}
