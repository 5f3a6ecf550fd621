/** @file Diffusion of embeddings as a language model: its losses, its students and the watch over its table. */
import { dispose, read, tensor, tidy } from '@trivium/engine'
import type { LanguageModel, TokenBatch } from '@trivium/language-model'
import type { BackboneConfig, ContinuousOptions } from '@trivium/schema'
import type { ContinuousDiffusionConfig } from '../config.ts'
import { drawCorruption } from '../gaussian/corruption.ts'
import { createSpaceModel } from '../gaussian/model.ts'
import { createSchedule } from '../gaussian/schedules.ts'
import type { StateSpace } from '../gaussian/space.ts'
import type { TimeWarp } from '../gaussian/warp.ts'
import type { Denoiser } from './denoiser.ts'
import { endpointTexts } from './distil.ts'
import { insideOf, showInside } from './inside.ts'
import { diffusionLoss } from './loss.ts'
import { type ContinuousParams, forward, initParams, unitEmbeddings } from './network.ts'
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
  const { distil } = options
  const schedule = createSchedule(options, textSize)
  const learnt = new WeakMap<TokenBatch, Int32Array>()
  const space = async (params: ContinuousParams): Promise<StateSpace> =>
    embeddingSpace(await denoiserOf(params, backbone, options))

  const model = createSpaceModel<ContinuousParams>({
    vocabulary,
    backbone,
    params: initParams(backbone, options.embeddingDim, textSize, rng, options.placePosterior),
    schedule,
    // A student walks where its teacher does.
    learnsWarp: distil === undefined,
    space,
    beginStep: async () => (distil === undefined ? null : (path) => path !== 'embedding'),
    async prepareLoss(batch, context) {
      if (distil === undefined) return
      if (teacher === undefined) throw new Error('a model with options.distil is trained with its teacher')
      const corruption = drawCorruption(batch, context, schedule, options)
      const texts = await endpointTexts(insideOf(teacher, 'options.distil'), batch, corruption, distil.steps)
      learnt.set(batch, texts)
    },
    loss(weights, observer, batch, context) {
      const labels = distil === undefined ? batch.tokens : learnt.get(batch)
      if (labels === undefined) throw new Error('a model with a teacher wants prepareLoss before loss')
      const trained = { ...weights, backbone, options, schedule }
      const { loss, observation } = diffusionLoss(trained, batch, context, labels)
      observer.add(context.step, observation)
      return loss
    },
    async afterLoss({ embedding }, observer) {
      const table = read(embedding)
      const step = observer.step()
      await observer.learn()
      watchEmbeddings(await table, options.embeddingDim, step)
    },
  })
  showInside(model, { space: () => space(model.params as ContinuousParams), schedule })
  if (teacher !== undefined) {
    const { schedule: walked } = insideOf(teacher, 'options.distil')
    if ('update' in schedule) (schedule as TimeWarp).load((walked as TimeWarp).toJSON())
  }
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
