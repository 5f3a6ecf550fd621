/** @file The measured work on the engine of this process. Models are made once and live as long as the process. */
import { dispose, memory, read, tidy } from '@trivium/engine'
import { measureGemm } from '@trivium/engine/node'
import { freeCanvas, type LanguageModel } from '@trivium/language-model'
import { createModel } from '@trivium/models'
import { createRng } from '@trivium/random'
import {
  continuousOptionsSchema,
  modelEntrySchema,
  type Paradigm,
  paradigmTable,
  type SamplerConfig,
  type SamplerType,
  trainingConfigSchema,
} from '@trivium/schema'
import { type TrainingState, trainModel } from '@trivium/training'
import { initNetwork, networkLogits, vocabularyOf } from './network.ts'
import type { DenoisingParadigm, Question, Shape } from './protocol.ts'

type Asked<T extends Question['task']> = Extract<Question, { task: T }>

/**
 * Milliseconds: of the wall, or of this process (its helper threads included) where other work shares the cores. Set by
 * the driver.
 */
const clock =
  process.env.TRIVIUM_BENCH_CLOCK === 'cpu'
    ? (): number => {
        const { user, system } = process.cpuUsage()
        return (user + system) / 1000
      }
    : (): number => performance.now()

const made = new Map<string, unknown>()
function once<T>(key: string, make: () => T): T {
  if (!made.has(key)) made.set(key, make())
  return made.get(key) as T
}

/** Share of self-conditioned steps that a continuous model trains with unless told otherwise. */
export const selfConditioning: number = continuousOptionsSchema.parse({}).selfConditioning

function newModel(paradigm: Paradigm, shape: Shape, options: object = {}): LanguageModel {
  const entry = modelEntrySchema.parse({ name: paradigmTable[paradigm].short, paradigm, options })
  return createModel({ entry, backbone: shape, vocabulary: vocabularyOf(shape), seed: 1 })
}

/** Synthetic text: any tokens cost the same. */
const syntheticTokens = (n: number, { textSize }: Shape): Int32Array =>
  Int32Array.from({ length: n }, (_, i) => (i * 31 + (i >> 3)) % textSize)

export async function gemm({ size, repeats }: Asked<'gemm'>): Promise<number> {
  let best = 0
  for (let i = 0; i < repeats; i++) best = Math.max(best, await measureGemm(size, clock))
  return best
}

type Trainee = { model: LanguageModel; state: TrainingState | undefined }
let tensorsAdded = 0

/**
 * Tokens/s. Self-conditioning runs a second forward on a random share of the steps; so that few steps measure it exactly,
 * steps without and with it are timed apart and mixed by that share.
 */
export async function train(q: Asked<'train'>): Promise<number> {
  const mix = q.paradigm === 'continuous-diffusion' ? selfConditioning : 0
  let msPerStep = 0
  for (const [conditioned, share] of [
    [0, 1 - mix],
    [1, mix],
  ]) {
    if (share === 0) continue
    const key = `train ${q.paradigm} ${conditioned} ${q.backbone.width}`
    const fresh = !made.has(key)
    const trainee = once<Trainee>(key, () => ({
      model: newModel(q.paradigm, q.backbone, mix > 0 ? { selfConditioning: conditioned } : {}),
      state: undefined,
    }))
    if (fresh) await takeSteps(trainee, q, 1)
    msPerStep += (share * (await takeSteps(trainee, q, q.steps))) / q.steps
  }
  return (1000 * q.batch * q.length) / msPerStep
}

/** Milliseconds of `steps` further steps of the training loop. */
async function takeSteps(trainee: Trainee, q: Asked<'train'>, steps: number): Promise<number> {
  const total = (trainee.state?.optimizer.step ?? 0) + steps
  const config = trainingConfigSchema.parse({ tokens: total * q.batch * q.length, batchSize: q.batch })
  const tokens = syntheticTokens(q.batch * q.length, q.backbone)
  const before = memory().numTensors
  const start = clock()
  const { state } = await trainModel({
    model: trainee.model,
    config,
    length: q.length,
    peakRate: 1e-3,
    batch: () => ({ tokens, batch: q.batch, length: q.length }),
    rng: createRng(1),
    resume: trainee.state,
  })
  const ms = clock() - start
  if (trainee.state !== undefined) tensorsAdded += memory().numTensors - before
  trainee.state = state
  return ms
}

/** Tensors that the measured training steps left behind. */
export function tensorsLeft(): number {
  return tensorsAdded
}

/** Mean milliseconds of one forward with its logits read. */
export async function forward(q: Asked<'forward'>): Promise<number> {
  const params = once(`network ${q.backbone.width}`, () => initNetwork(q.backbone))
  const tokens = syntheticTokens(q.batch * q.length, q.backbone)
  const run = async (): Promise<void> => {
    const logits = tidy(() => networkLogits(params, q.backbone, tokens, q))
    await read(logits)
    dispose(logits)
  }
  return meanMs(run, q.repeats, q.warm)
}

const plain: SamplerConfig = { type: 'ar', temperature: 1, cache: true }

/** Tokens/s of the model's own cached samplers. */
export async function decode({ draftHeads = 0, ...q }: Asked<'decode'>): Promise<number> {
  const sampler: SamplerConfig = draftHeads === 0 ? plain : { type: 'mtp', temperature: 1 }
  const model = once(`decode ${draftHeads} ${q.backbone.width}`, () =>
    newModel('autoregressive', q.backbone, { draftHeads }),
  )
  const canvas = Array.from({ length: q.batch }, () => freeCanvas(q.length, model.vocabulary))
  const run = async (): Promise<unknown> => model.generate({ canvas, sampler, seed: 1 })
  return (1000 * q.batch * q.length) / (await meanMs(run, q.repeats, q.warm))
}

/** Milliseconds of a token from a KV cache, by position. */
export async function token(q: Asked<'token'>): Promise<number> {
  const model = generator('autoregressive', q.backbone)
  const request = { canvas: [freeCanvas(q.to, model.vocabulary)], sampler: plain, seed: 1, traceRows: [0] }
  let spent = 0
  for (let i = q.warm === true ? -1 : 0; i < q.repeats; i++) {
    let start = 0
    for await (const { step } of model.decode(request)) if (step === q.from) start = clock()
    if (i >= 0) spent += clock() - start
  }
  return spent / (q.repeats * (q.to - q.from))
}

/** One forward a step each. */
const stepSamplers = {
  'masked-diffusion': 'low-confidence',
  'continuous-diffusion': 'ddim',
} as const satisfies Record<DenoisingParadigm, SamplerType>

/** Milliseconds a network evaluation of a whole generation, sampling included. */
export async function denoise(q: Asked<'denoise'>): Promise<number> {
  const model = generator(q.paradigm, q.backbone)
  const sampler: SamplerConfig = { type: stepSamplers[q.paradigm], steps: q.steps, temperature: 1 }
  const run = (): ReturnType<LanguageModel['generate']> =>
    model.generate({ canvas: [freeCanvas(q.length, model.vocabulary)], sampler, seed: 1 })
  if (q.warm) await run()
  const start = clock()
  const { cost } = await run()
  return (clock() - start) / cost.forwards
}

/** Tokens/s of a row that a masked model writes, on the whole canvas or block by block. */
export async function canvas(q: Asked<'canvas'>): Promise<number> {
  const { blockLength } = q
  const model = once(`canvas ${blockLength} ${q.backbone.width}`, () =>
    newModel('masked-diffusion', q.backbone, { blockLength }),
  )
  const sampler: SamplerConfig = { type: 'low-confidence', steps: q.steps, temperature: 1 }
  const run = (): Promise<unknown> =>
    model.generate({ canvas: [freeCanvas(q.length, model.vocabulary)], sampler, seed: 1 })
  return (1000 * q.length) / (await meanMs(run, 1, q.warm))
}

const generator = (paradigm: Paradigm, shape: Shape): LanguageModel =>
  once(`generate ${paradigm} ${shape.width}`, () => newModel(paradigm, shape))

async function meanMs(run: () => Promise<unknown>, repeats: number, warm = false): Promise<number> {
  if (warm) await run()
  const start = clock()
  for (let i = 0; i < repeats; i++) await run()
  return (clock() - start) / repeats
}
