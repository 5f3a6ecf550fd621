/**
 * @file The contract around a state space: weights under and beside the tape, the warp in the process state, bound and
 * sampling loop. A space adds its network, its losses and the phases of its training.
 */
import { disposeParams, type ParamTree } from '@trivium/engine'
import {
  checkCanvas,
  checkRows,
  drain,
  type Generation,
  type GenerationRequest,
  type LanguageModel,
  type TraceEvent,
  type Vocabulary,
} from '@trivium/language-model'
import type { BackboneConfig } from '@trivium/schema'
import { stateBound } from './likelihood.ts'
import { createObserver, type Observer, untaped } from './observer.ts'
import type { NoiseSchedule } from './process.ts'
import { decodeStates } from './samplers/decode.ts'
import type { StateSpace } from './space.ts'
import type { TimeWarp } from './warp.ts'

/** A model's weights; `constants` are the same under tensors that the tape does not follow. */
export type Weights<P extends ParamTree> = { readonly params: P; readonly constants: P }

export type SpaceModel<P extends ParamTree> = {
  readonly vocabulary: Vocabulary
  readonly backbone: BackboneConfig
  /** Initial weights. */
  readonly params: P
  readonly schedule: NoiseSchedule
  /** Whether the warp, where the schedule is one, learns from the losses. */
  readonly learnsWarp: boolean
  /** The network at rest, as likelihood and samplers see it. */
  space(params: P): Promise<StateSpace>
  loss(
    weights: Weights<P>,
    observer: Observer,
    ...of: Parameters<LanguageModel['loss']>
  ): ReturnType<LanguageModel['loss']>
  afterLoss(params: P, observer: Observer): Promise<void>
  beginStep(
    params: P,
    ...of: Parameters<NonNullable<LanguageModel['beginStep']>>
  ): ReturnType<NonNullable<LanguageModel['beginStep']>>
  readonly prepareLoss?: LanguageModel['prepareLoss']
  /** What the process state holds beside the warp. */
  readonly state?: {
    save(): Record<string, unknown>
    load(saved: Record<string, unknown>): void
  }
}

export function createSpaceModel<P extends ParamTree>(of: SpaceModel<P>): LanguageModel {
  const { vocabulary, backbone, schedule } = of
  const warp = 'update' in schedule ? (schedule as TimeWarp) : null
  const observer = createObserver(of.learnsWarp ? warp : null)
  let { params } = of
  let constants = untaped(params)

  async function* decode(request: GenerationRequest): AsyncGenerator<TraceEvent, Generation, void> {
    checkCanvas(request.canvas, vocabulary, backbone.context)
    return yield* decodeStates({ space: await of.space(params), schedule, vocabulary }, request)
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
      params = next as P
      constants = untaped(params)
    },
    beginStep: (at) => of.beginStep(params, at),
    ...(of.prepareLoss !== undefined && { prepareLoss: of.prepareLoss }),
    loss: (batch, context) => of.loss({ params, constants }, observer, batch, context),
    afterLoss: () => of.afterLoss(params, observer),
    processState: () => ({ ...(warp !== null && { warp: warp.toJSON() }), ...of.state?.save() }),
    loadProcessState(saved) {
      warp?.load(saved.warp)
      of.state?.load(saved)
    },
    async logLikelihood(rows, options) {
      checkRows(rows, vocabulary, backbone.context, options)
      return stateBound(await of.space(params), schedule, rows, options)
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
