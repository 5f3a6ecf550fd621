/** @file The discrete diffusion language model: a network that predicts x₀ at every noisy position. */
import { disposeParams, tidy } from '@trivium/engine'
import {
  checkCanvas,
  checkRows,
  drain,
  type Generation,
  type GenerationRequest,
  type LanguageModel,
  type Likelihood,
  type LikelihoodOptions,
  stackRows,
  type TraceEvent,
  type Vocabulary,
} from '@trivium/language-model'
import type { Rng } from '@trivium/random'
import { type BackboneConfig, type MaskedOptions, parseSamplerOf } from '@trivium/schema'
import { createBlockDecoder, readAndDispose, refuseLaterText } from './blocks.ts'
import type { PositionScorer } from './bound.ts'
import type { Teacher } from './distil.ts'
import { blockNelbo, leftToRight, maskedNelbo, uniformNelbo } from './likelihood.ts'
import { positionCosts } from './loss.ts'
import { createNetwork, initParams, type MaskedDiffusionParams } from './network.ts'
import { createObjective } from './objective.ts'
import { createProcess } from './process.ts'
import { type Denoiser, decodeMasked } from './samplers/decode.ts'
import { createWindowDecoder } from './windows.ts'

export type MaskedDiffusionConfig = {
  readonly backbone: BackboneConfig
  readonly options: MaskedOptions
  readonly vocabulary: Vocabulary
  readonly rng: Rng
  /** What a model with `options.distil` learns from; it need not be there to use the model. */
  readonly teacher?: Teacher
}

/**
 * A new model with initial weights; the head is zero, so the first prediction is uniform.
 *
 * Absorbing: SUBS (MDLM §3.2.3) is structural. The head has text tokens only, so MASK has probability 0, and visible positions
 * are never predicted: they weigh 0 in the loss and no sampler writes to them. There is no time input: the posterior of
 * an absorbing process depends on t only through what is masked.
 */
export function createMaskedDiffusion(config: MaskedDiffusionConfig): LanguageModel {
  const { backbone, options, vocabulary, rng } = config
  const process = createProcess(options)
  const network = createNetwork(backbone, options)
  let params: MaskedDiffusionParams = initParams(backbone, options, vocabulary, rng)

  const score: PositionScorer = (inputs, targets, times) => {
    const rows = { ...stackRows(inputs), clean: stackRows(targets).tokens, times: joined(times) }
    return readAndDispose(tidy(() => positionCosts(network(params, rows), rows, options)))
  }
  const denoise: Denoiser = (canvases, times) => {
    const rows = stackRows(canvases)
    // A block model reads a block from the canvas and those before it as text: only the first unfinished one makes sense.
    const noisy = { ...rows, clean: rows.tokens, times: joined(times ?? canvases.map(zeroTimes)) }
    return readAndDispose(tidy(() => network(params, noisy)))
  }
  const blocks =
    options.blockLength === undefined
      ? undefined
      : createBlockDecoder(() => params, backbone, options.blockLength)

  const windows =
    process.type === 'absorbing' && blocks === undefined
      ? createWindowDecoder(() => params, backbone)
      : undefined

  async function* decode(request: GenerationRequest): AsyncGenerator<TraceEvent, Generation, void> {
    parseSamplerOf('masked-diffusion', request.sampler, options)
    checkCanvas(request.canvas, vocabulary, backbone.context)
    if (blocks !== undefined)
      refuseLaterText(
        request.canvas.map(({ frozen }) => frozen),
        blocks.blockLength,
      )
    return yield* decodeMasked(request, { denoise, vocabulary, process, blocks, windows })
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
    ...createObjective(config, (rows) => network(params, rows)),
    processState: () => ({}),
    loadProcessState: () => {},
    async logLikelihood(rows, likelihood = {}) {
      checkRows(rows, vocabulary, backbone.context, likelihood)
      return likelihoodOf(config, rows, score, likelihood)
    },
    decode,
    generate: (request) => drain(decode(request)),
    dispose: () => disposeParams(params),
  }
}

function likelihoodOf(
  { options, vocabulary }: MaskedDiffusionConfig,
  rows: readonly Int32Array[],
  score: PositionScorer,
  likelihood: LikelihoodOptions,
): Promise<Likelihood[]> {
  const process = createProcess(options)
  const { blockLength } = options
  if (process.type === 'uniform') return uniformNelbo(rows, score, vocabulary, process, likelihood)
  if (blockLength !== undefined && likelihood.given !== undefined)
    refuseLaterText(likelihood.given, blockLength)
  if (likelihood.order === 'left-to-right')
    return leftToRight(rows, score, vocabulary, blockLength ?? Number.POSITIVE_INFINITY, likelihood)
  if (blockLength !== undefined) return blockNelbo(rows, score, vocabulary, blockLength, likelihood)
  return maskedNelbo(rows, score, vocabulary, likelihood)
}

const zeroTimes = (canvas: Int32Array): Float64Array => new Float64Array(canvas.length)

/** Rows of one length after one another. */
function joined(rows: readonly Float64Array[]): Float64Array {
  const out = new Float64Array(rows.length * rows[0].length)
  rows.forEach((row, b) => {
    out.set(row, b * row.length)
  })
  return out
}
