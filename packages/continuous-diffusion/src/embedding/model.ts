/** @file The continuous-diffusion language model: parameters, process state and the three verbs. */
import {
  dispose,
  disposeParams,
  keep,
  mapParams,
  type ParamTree,
  read,
  type Tensor,
  tensor,
  tidy,
} from '@trivium/engine'
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
import type { Rng } from '@trivium/random'
import type { BackboneConfig, ContinuousOptions } from '@trivium/schema'
import type { Corruption } from '../gaussian/corruption.ts'
import { createSchedule } from '../gaussian/schedules.ts'
import type { TimeWarp } from '../gaussian/warp.ts'
import type { Denoiser } from './denoiser.ts'
import { diffusionLoss, type Observation } from './loss.ts'
import { type ContinuousParams, forward, initParams, unitEmbeddings } from './network.ts'
import { decodeGaussian, gaussianBound } from './oracle.ts'
import { watchEmbeddings } from './watch.ts'

export type ContinuousDiffusionConfig = {
  readonly backbone: BackboneConfig
  readonly options: ContinuousOptions
  readonly vocabulary: Vocabulary
  readonly rng: Rng
}

/** A new model with initial weights. Only text tokens have embeddings: a free position is noise, not MASK. */
export function createContinuousDiffusion({
  backbone,
  options,
  vocabulary,
  rng,
}: ContinuousDiffusionConfig): LanguageModel {
  const { textSize } = vocabulary
  const schedule = createSchedule(options, textSize)
  const warp = 'update' in schedule ? (schedule as TimeWarp) : null
  let params = initParams(backbone, options.embeddingDim, textSize, rng)
  let constants = share(params)
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
      constants = share(params)
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

/** Holds the cross-entropies of the micro-batches of one optimiser step until the warp has learned from them. */
function createObserver(warp: TimeWarp | null) {
  let held: Observation[] = []
  let heldStep = -1
  const forget = (): void => {
    for (const { nll } of held) dispose(nll)
    held = []
  }
  return {
    forget,
    /** The optimiser step of what is held. */
    step: () => heldStep,
    add(step: number, observation: Observation): void {
      // A loss that no step followed (a caller that only looked) is dropped.
      if (step !== heldStep) forget()
      heldStep = step
      held.push(observation)
    },
    async learn(): Promise<void> {
      const seen = await Promise.all(
        held.map(async ({ nll, corruption }) => rowMeans(await read(nll), corruption)),
      )
      warp?.update(
        seen.flatMap((x) => x.gammas),
        seen.flatMap((x) => x.means),
      )
      forget()
    },
  }
}

/** The same weights (no copy) as other tensors: a tape that differentiates `params` does not see these. */
function share(params: ContinuousParams): ContinuousParams {
  return mapParams(params, (p: Tensor) => keep(p.clone()))
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

/**
 * Mean cross-entropy of the scored positions of each row that nothing was pinned in at random: pinned text makes a row
 * easier than its noise level. What is given is the row's own condition.
 */
function rowMeans(nll: Float32Array, corruption: Corruption): { gammas: number[]; means: number[] } {
  const { free, pinned, rowGamma } = corruption
  const length = free.length / rowGamma.length
  const gammas: number[] = []
  const means: number[] = []
  rowGamma.forEach((gamma, b) => {
    if (pinned[b] === 1) return
    const scored = nll.subarray(b * length, (b + 1) * length).filter((_, l) => free[b * length + l] === 1)
    gammas.push(gamma)
    means.push(scored.reduce((a, x) => a + x, 0) / scored.length)
  })
  return { gammas, means }
}
