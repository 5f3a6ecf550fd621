/** @file Diffusion of embeddings as a language model: parameters, process state and the three verbs. */
import { dispose, disposeParams, type ParamTree, read, tensor, tidy } from '@trivium/engine'
import {
  checkCanvas,
  checkRows,
  drain,
  type Generation,
  type GenerationRequest,
  type LanguageModel,
  type TraceEvent,
} from '@trivium/language-model'
import type { BackboneConfig, ContinuousOptions } from '@trivium/schema'
import type { ContinuousDiffusionConfig } from '../config.ts'
import { createObserver, untaped } from '../gaussian/observer.ts'
import { createSchedule } from '../gaussian/schedules.ts'
import type { TimeWarp } from '../gaussian/warp.ts'
import type { Denoiser } from './denoiser.ts'
import { diffusionLoss } from './loss.ts'
import { type ContinuousParams, forward, initParams, unitEmbeddings } from './network.ts'
import { decodeGaussian, gaussianBound } from './oracle.ts'
import { watchEmbeddings } from './watch.ts'

/** A new model with initial weights. Only text tokens have embeddings: a free position is noise, not MASK. */
export function createEmbeddingDiffusion({
  backbone,
  options,
  vocabulary,
  rng,
}: ContinuousDiffusionConfig): LanguageModel {
  const { textSize } = vocabulary
  const schedule = createSchedule(options, textSize)
  const warp = 'update' in schedule ? (schedule as TimeWarp) : null
  let params = initParams(backbone, options.embeddingDim, textSize, rng)
  let constants = untaped(params)
  const observer = createObserver(warp)

  async function* decode(request: GenerationRequest): AsyncGenerator<TraceEvent, Generation, void> {
    checkCanvas(request.canvas, vocabulary, backbone.context)
    const denoiser = await denoiserOf(params, backbone, options)
    return yield* decodeGaussian({ denoiser, schedule, vocabulary }, request)
  }

  return {
    paradigm: 'continuous-diffusion',
    vocabulary,
    context: backbone.context,
    get params() {
      return params
    },
    setParams(next: ParamTree) {
      disposeParams(constants)
      params = next as ContinuousParams
      constants = untaped(params)
    },
    loss(batch, context) {
      const trained = { params, constants, backbone, options, schedule }
      const { loss, observation } = diffusionLoss(trained, batch, context)
      observer.add(context.step, observation)
      return loss
    },
    async afterLoss() {
      const table = read(params.embedding)
      const step = observer.step()
      await observer.learn()
      watchEmbeddings(await table, options.embeddingDim, step)
    },
    processState: () => (warp === null ? {} : { warp: warp.toJSON() }),
    loadProcessState: (state) => warp?.load(state.warp),
    async logLikelihood(rows, likelihoodOptions) {
      checkRows(rows, vocabulary, backbone.context, likelihoodOptions)
      return gaussianBound(await denoiserOf(params, backbone, options), schedule, rows, likelihoodOptions)
    },
    decode,
    generate: (request) => drain(decode(request)),
    dispose() {
      observer.forget()
      disposeParams(params)
      disposeParams(constants)
    },
  }
}

/** The network as likelihood and samplers see it. */
async function denoiserOf(
  params: ContinuousParams,
  backbone: BackboneConfig,
  options: ContinuousOptions,
): Promise<Denoiser> {
  const [textSize, dim] = params.embedding.shape as [number, number]
  const table = tidy(() => unitEmbeddings(params.embedding))
  const embeddings = Float32Array.from(await read(table))
  dispose(table)
  return {
    textSize,
    dim,
    embeddings,
    selfConditioned: options.selfConditioning > 0,
    async logits({ batch, length, z, gamma, selfCondition }) {
      const shape = [batch * length, dim]
      const logits = tidy(() =>
        forward(params, backbone, unitEmbeddings(params.embedding), {
          batch,
          length,
          gamma,
          z: tensor(z, shape),
          selfCondition: selfCondition === null ? null : tensor(selfCondition, shape),
          priorStrength: 1,
        }),
      )
      const values = await read(logits)
      dispose(logits)
      return values
    },
  }
}
