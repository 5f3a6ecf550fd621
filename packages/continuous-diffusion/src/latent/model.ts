/** @file Diffusion of latents as a language model: two phases of training, and what holds latents and process together. */
import type { LanguageModel } from '@trivium/language-model'
import { type ContinuousOptions, InputError, type LatentOptions } from '@trivium/schema'
import type { ContinuousDiffusionConfig } from '../config.ts'
import { createSpaceModel } from '../gaussian/model.ts'
import { createSchedule } from '../gaussian/schedules.ts'
import { autoencoderLoss, processLoss } from './loss.ts'
import { initParams, type LatentParams } from './network.ts'
import { checkProbe, checkReconstruction, type LatentState, lastAutoencoderStep, probe } from './phases.ts'
import { latentSpace } from './space.ts'

type LatentConfig = ContinuousDiffusionConfig & {
  readonly options: ContinuousOptions & { readonly latent: LatentOptions }
}

/** A new model with initial weights. It writes text only once its process has begun to train. */
export function createLatentDiffusion({
  backbone,
  options: given,
  vocabulary,
  rng,
}: LatentConfig): LanguageModel {
  const { textSize } = vocabulary
  const options = inLatents(given)
  const { latent, gammaMin } = options
  const schedule = createSchedule(options, textSize)
  const selfConditioned = options.selfConditioning > 0
  /** Null as long as the autoencoder trains. */
  let state: LatentState | null = null

  return createSpaceModel<LatentParams>({
    vocabulary,
    backbone,
    params: initParams(backbone, latent, textSize, rng),
    schedule,
    learnsWarp: true,
    /** @throws InputError when the autoencoder is not the one that the process knows */
    async space(params) {
      if (state !== null) await checkProbe(params.autoencoder, state, latent.rate, textSize)
      return latentSpace({ params, backbone, latent, textSize, gammaMin, selfConditioned })
    },
    async beginStep({ autoencoder }, { step, totalSteps, heldOut }) {
      if (step <= lastAutoencoderStep(latent, totalSteps)) return (path) => path.startsWith('autoencoder.')
      if (state === null) {
        const share = await checkReconstruction(autoencoder, latent, textSize, gammaMin, step - 1, heldOut)
        state = { reconstruction: share, probe: await probe(autoencoder, latent.rate, textSize) }
      }
      return (path) => !path.startsWith('autoencoder.')
    },
    loss(weights, observer, batch, context) {
      const model = { ...weights, backbone, options, schedule, textSize }
      if (context.step <= lastAutoencoderStep(latent, context.totalSteps))
        return autoencoderLoss(model, batch, context)
      const { loss, observation } = processLoss(model, batch, context)
      observer.add(context.step, observation)
      return loss
    },
    afterLoss: (_, observer) => observer.learn(),
    state: {
      save: () => (state === null ? {} : { latent: state }),
      load(saved) {
        state = readState(saved.latent, latent)
      },
    },
  })
}

/** Options count γ for tokens of norm 1; a token's code has the squared norm d_z/r, so its text is decided later by ln of that. */
function inLatents<T extends LatentConfig['options']>(options: T): T {
  const shift = Math.log(options.latent.dim / options.latent.rate)
  return { ...options, gammaMin: options.gammaMin + shift, gammaMax: options.gammaMax + shift }
}

function readState(saved: unknown, { dim }: LatentOptions): LatentState | null {
  if (saved === undefined) return null
  const { reconstruction, probe: values } = saved as Partial<LatentState>
  if (typeof reconstruction !== 'number' || !Array.isArray(values) || values.length !== 2 * dim)
    throw new InputError(
      `the saved latents are not those of a model with latent.dim ${dim}; the checkpoint's manifest is damaged`,
    )
  return { reconstruction, probe: values }
}
