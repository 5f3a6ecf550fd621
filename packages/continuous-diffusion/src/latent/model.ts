/** @file Diffusion of latents as a language model: two phases of training, process state and the three verbs. */
import { disposeParams, type ParamTree } from '@trivium/engine'
import {
  checkCanvas,
  checkRows,
  drain,
  type Generation,
  type GenerationRequest,
  type LanguageModel,
  type TraceEvent,
} from '@trivium/language-model'
import type { ContinuousOptions, LatentOptions } from '@trivium/schema'
import { InputError } from '@trivium/schema'
import type { ContinuousDiffusionConfig } from '../config.ts'
import { stateBound } from '../gaussian/likelihood.ts'
import { createObserver, untaped } from '../gaussian/observer.ts'
import { decodeStates } from '../gaussian/samplers/decode.ts'
import { createSchedule } from '../gaussian/schedules.ts'
import type { StateSpace } from '../gaussian/space.ts'
import type { TimeWarp } from '../gaussian/warp.ts'
import { autoencoderLoss, type LatentLossModel, processLoss } from './loss.ts'
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
  const { latent } = options
  const schedule = createSchedule(options, textSize)
  const warp = 'update' in schedule ? (schedule as TimeWarp) : null
  let params = initParams(backbone, latent, textSize, rng)
  let constants = untaped(params)
  /** Null as long as the autoencoder trains. */
  let state: LatentState | null = null
  const observer = createObserver(warp)

  const lossModel = (): LatentLossModel => ({ params, constants, backbone, options, schedule, textSize })

  /** @throws InputError when the autoencoder is not the one that the process knows */
  async function space(): Promise<StateSpace> {
    if (state !== null) await checkProbe(params.autoencoder, state, latent.rate, textSize)
    return latentSpace({
      params,
      backbone,
      latent,
      textSize,
      gammaMin: options.gammaMin,
      selfConditioned: options.selfConditioning > 0,
    })
  }

  async function* decode(request: GenerationRequest): AsyncGenerator<TraceEvent, Generation, void> {
    checkCanvas(request.canvas, vocabulary, backbone.context)
    return yield* decodeStates({ space: await space(), schedule, vocabulary }, request)
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
      params = next as LatentParams
      constants = untaped(params)
    },
    async beginStep({ step, totalSteps, heldOut }) {
      if (step <= lastAutoencoderStep(latent, totalSteps)) return (path) => path.startsWith('autoencoder.')
      if (state === null) {
        const share = await checkReconstruction(
          params.autoencoder,
          latent,
          textSize,
          options.gammaMin,
          step - 1,
          heldOut,
        )
        state = {
          reconstruction: share,
          probe: await probe(params.autoencoder, latent.rate, textSize),
        }
      }
      return (path) => !path.startsWith('autoencoder.')
    },
    loss(batch, context) {
      if (context.step <= lastAutoencoderStep(latent, context.totalSteps))
        return autoencoderLoss(lossModel(), batch, context)
      const { loss, observation } = processLoss(lossModel(), batch, context)
      observer.add(context.step, observation)
      return loss
    },
    afterLoss: () => observer.learn(),
    processState: () => ({
      ...(warp === null ? {} : { warp: warp.toJSON() }),
      ...(state === null ? {} : { latent: state }),
    }),
    loadProcessState(saved) {
      warp?.load(saved.warp)
      state = readState(saved.latent, latent)
    },
    async logLikelihood(rows, likelihoodOptions) {
      checkRows(rows, vocabulary, backbone.context, likelihoodOptions)
      return stateBound(await space(), schedule, rows, likelihoodOptions)
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
