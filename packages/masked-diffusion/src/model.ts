/** @file The masked diffusion language model: a bidirectional backbone that predicts x₀ at every masked position. */
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
import { initTokenNetwork, type TokenNetworkParams, tokenLogits } from '@trivium/transformer'
import { maskedNelbo } from './likelihood.ts'
import { corruptBatch } from './loss.ts'
import { createAbsorbingProcess } from './process.ts'
import { decodeMasked } from './samplers/decode.ts'

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
  let params = initTokenNetwork(backbone, vocabulary, rng)

  /** Logits [B·L, textSize] of x₀. tokens row-major [B, L], MASK included. */
  const networkLogits = (batch: TokenBatch): Tensor =>
    tokenLogits(params, backbone, batch, { attention: 'bidirectional' })

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
      params = next as TokenNetworkParams
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
