/** @file Diffusion of embeddings as a language model: parameters, process state and the three verbs. */
import { dispose, disposeParams, type ParamTree, read, tensor, tidy } from '@trivium/engine'
import {
  checkCanvas,
  checkRows,
  drain,
  type Generation,
  type GenerationRequest,
  type LanguageModel,
  type TokenBatch,
  type TraceEvent,
} from '@trivium/language-model'
import type { BackboneConfig, ContinuousOptions } from '@trivium/schema'
import type { ContinuousDiffusionConfig } from '../config.ts'
import { drawCorruption } from '../gaussian/corruption.ts'
import { createObserver, untaped } from '../gaussian/observer.ts'
import { createSchedule } from '../gaussian/schedules.ts'
import type { TimeWarp } from '../gaussian/warp.ts'
import type { Denoiser } from './denoiser.ts'
import { endpointTexts } from './distil.ts'
import { insideOf, showInside } from './inside.ts'
import { diffusionLoss } from './loss.ts'
import { type ContinuousParams, forward, initParams, unitEmbeddings } from './network.ts'
import { decodeGaussian, gaussianBound } from './oracle.ts'
import { embeddingSpace } from './space.ts'
import { watchEmbeddings } from './watch.ts'

/** A new model with initial weights. Only text tokens have embeddings: a free position is noise, not MASK. */
export function createEmbeddingDiffusion({
  backbone,
  options,
  vocabulary,
  rng,
  teacher,
}: ContinuousDiffusionConfig): LanguageModel {
  const { textSize } = vocabulary
  const schedule = createSchedule(options, textSize)
  const warp = 'update' in schedule ? (schedule as TimeWarp) : null
  const { distil } = options
  const learnt = new WeakMap<TokenBatch, Int32Array>()
  let params = initParams(backbone, options.embeddingDim, textSize, rng)
  let constants = untaped(params)
  // A student walks where its teacher does.
  const observer = createObserver(distil === undefined ? warp : null)

  async function* decode(request: GenerationRequest): AsyncGenerator<TraceEvent, Generation, void> {
    checkCanvas(request.canvas, vocabulary, backbone.context)
    const denoiser = await denoiserOf(params, backbone, options)
    return yield* decodeGaussian({ denoiser, schedule, vocabulary }, request)
  }

  const model: LanguageModel = {
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
    beginStep: async () => (distil === undefined ? null : (path) => path !== 'embedding'),
    async prepareLoss(batch, context) {
      if (distil === undefined) return
      if (teacher === undefined) throw new Error('a model with options.distil is trained with its teacher')
      const corruption = drawCorruption(batch, context, schedule, options)
      learnt.set(
        batch,
        await endpointTexts(insideOf(teacher, 'options.distil'), batch, corruption, distil.steps),
      )
    },
    loss(batch, context) {
      const trained = { params, constants, backbone, options, schedule }
      const labels = distil === undefined ? batch.tokens : learnt.get(batch)
      if (labels === undefined) throw new Error('a model with a teacher wants prepareLoss before loss')
      const { loss, observation } = diffusionLoss(trained, batch, context, labels)
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
  showInside(model, {
    space: async () => embeddingSpace(await denoiserOf(params, backbone, options)),
    schedule,
  })
  if (teacher !== undefined) warp?.load((insideOf(teacher, 'options.distil').schedule as TimeWarp).toJSON())
  return model
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
