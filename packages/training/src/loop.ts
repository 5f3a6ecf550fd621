/** @file The training loop: batches → loss → gradients → update, with validation, checkpoints and a clean stop. */
import {
  add,
  dispose,
  disposeParams,
  flattenParams,
  norm,
  type ParamTree,
  pack,
  readScalar,
  scale,
  type Tensor,
  tidy,
  valueAndGradients,
} from '@trivium/engine'
import { createTurns, type LanguageModel, type TokenBatch } from '@trivium/language-model'
import type { Rng } from '@trivium/random'
import { RuntimeFailure, type TrainingConfig } from '@trivium/schema'
import { initOptimizer, type OptimizerState, unpackParams, updateOptimizer } from './optimizer.ts'
import { learningRate } from './schedule.ts'

export type TrainingProgress = {
  step: number
  totalSteps: number
  tokens: number
  /** Training time so far, s; validation and checkpoints excluded. */
  seconds: number
  tokensPerSecond: number
  etaSeconds: number
  /** Mean since the last report, nats a token. */
  loss: number
  gradientNorm: number
  learningRate: number
  validation: number | null
}

/** What a run resumes from. */
export type TrainingState = { optimizer: OptimizerState; seconds: number; tokens: number }

export type TrainingRun = {
  model: LanguageModel
  config: TrainingConfig
  /** Row length L, peak rate, and the number of steps that spend the token budget. */
  length: number
  peakRate: number
  /** Micro-batch by index: a pure function, so the data cursor is the step itself. */
  batch: (index: number) => TokenBatch
  rng: Rng
  /** Rows that no batch holds, for models that hold themselves against them between two phases of training. */
  heldOut?: readonly Int32Array[]
  resume?: TrainingState
  /**
   * Bits a character on held-out rows; called with the averaged weights in place. Throws `Stopped` when the signal fired:
   * the step then counts as not done, and the run goes on from the checkpoint before it.
   */
  validate?: (signal: AbortSignal | undefined) => Promise<number>
  onProgress?: (progress: TrainingProgress) => void
  /** At every checkpoint interval and after every validation; `validation` is null unless it was of this very step. */
  onCheckpoint?: (state: TrainingState, validation: number | null) => Promise<void>
  /** Stops after the micro-batch in hand, with a checkpoint of the last whole step. */
  signal?: AbortSignal
  reportEverySteps?: number
}

/** `validation` is the last one that was measured. */
export type TrainingOutcome = { state: TrainingState; finished: boolean; validation: number | null }

/** Steps that spend the budget: of example rows where the config gives one, else of tokens. */
export function totalSteps(config: TrainingConfig, length: number): number {
  const rows = config.batchSize * config.accumulation
  return Math.max(
    1,
    Math.ceil(config.examples === undefined ? config.tokens / (rows * length) : config.examples / rows),
  )
}

/**
 * Trains until the token budget is spent or `signal` fires. The model keeps its trained weights; the averaged ones are
 * in the outcome's state (`withAveraged` puts them in place).
 * @throws RuntimeFailure that names the step whose loss, gradient, validation or weights are not finite, or in which the
 * model itself gave up (`afterLoss`); what
 * `onCheckpoint` wrote before stays the last checkpoint. Stopped, with the same left, when the signal fired in a validation.
 */
export async function trainModel(run: TrainingRun): Promise<TrainingOutcome> {
  const { model, config, validate } = run
  const total = totalSteps(config, run.length)
  const evalEvery = config.evalEverySteps ?? Math.max(1, Math.ceil(total / 10))
  const schedule = {
    peak: run.peakRate,
    warmupSteps: Math.max(1, Math.round(config.warmup * total)),
    totalSteps: total,
    finalRate: config.finalRate,
  }
  const state: TrainingState = run.resume ?? {
    optimizer: initOptimizer(model.params, config),
    seconds: 0,
    tokens: 0,
  }
  const meter = createMeter(run, total)
  let validation: number | null = null
  let savedAt = state.optimizer.step
  const kept = (): string =>
    savedAt === 0 ? 'no checkpoint was written' : `the checkpoint of step ${savedAt} stays`
  const refuse = (what: string, value: number): void => {
    if (Number.isFinite(value)) return
    throw new RuntimeFailure(
      `the ${what} of step ${state.optimizer.step} is not finite (${value}); ${kept()}; lower training.learningRate (now ${run.peakRate}) and start anew`,
    )
  }

  while (state.optimizer.step < total && run.signal?.aborted !== true) {
    const step = state.optimizer.step + 1
    const start = performance.now()
    const rate = learningRate(step, schedule)
    const moves = (await model.beginStep?.({ step, totalSteps: total, heldOut: run.heldOut })) ?? null
    const taken = await lossAndGradients(run, step, total)
    if (taken === null) break
    const { reading, gradients } = taken
    // Everything that the host wants of a step is asked for before anything is waited for: a GPU drains its queue once.
    const observing = outcomeOf(model.afterLoss?.())
    const update = await updateOptimizer(model.params, gradients, state.optimizer, config, rate, moves)
    model.setParams(update.params)
    state.optimizer = update.state
    const loss = await reading
    const lost = await observing
    state.seconds += (performance.now() - start) / 1000
    state.tokens += config.batchSize * config.accumulation * run.length
    refuse('loss', loss)
    refuse('gradient', update.gradientNorm)
    if (lost !== null) throw new RuntimeFailure(`${lost.message}; ${kept()}`)
    const validated =
      validate !== undefined && (step % evalEvery === 0 || step === total)
        ? await withAveraged(model, state.optimizer, () => validate(run.signal))
        : null
    if (validated !== null) refuse('validation', validated)
    validation = validated ?? validation
    meter(state, {
      loss,
      gradientNorm: update.gradientNorm,
      learningRate: rate,
      validation: validated,
    })
    if (validated !== null || step % config.checkpointEverySteps === 0 || step === total) {
      await run.onCheckpoint?.(state, validated)
      savedAt = step
    }
    // Lets signals and messages in: everything above resolves in microtasks on synchronous engines.
    await new Promise((resolve) => setTimeout(resolve, 0))
  }
  const finished = state.optimizer.step >= total
  if (state.optimizer.step !== savedAt) await run.onCheckpoint?.(state, null)
  refuse('length of all weights', await lengthOf(model.params))
  return { state, finished, validation }
}

/** What a model found wrong with itself; heard at once, since it is awaited only after the update. */
async function outcomeOf(observing: Promise<void> | undefined): Promise<RuntimeFailure | null> {
  try {
    await observing
    return null
  } catch (error) {
    if (error instanceof RuntimeFailure) return error
    throw error
  }
}

/** Euclidean norm of all weights, which no loss has seen after the last step. */
async function lengthOf(params: ParamTree): Promise<number> {
  const vector = pack(flattenParams(params).map(([, x]) => x))
  const length = await norm(vector)
  dispose(vector)
  return length
}

/** Mean loss (on its way to the host) and mean gradients over the micro-batches of one step; null when the signal fired between two. */
async function lossAndGradients(
  { model, config, batch, rng, signal }: TrainingRun,
  step: number,
  total: number,
): Promise<{ reading: Promise<number>; gradients: Tensor[] } | null> {
  const leaves = flattenParams(model.params).map(([, x]) => x)
  const totalRows = config.batchSize * config.accumulation
  const stopped = createTurns(signal)
  let sum: Part | null = null
  for (let micro = 0; micro < config.accumulation; micro++) {
    if (micro > 0 && (await stopped())) {
      if (sum !== null) dispose([sum.value, ...sum.gradients])
      return null
    }
    const context = {
      rng: rng.fork('loss', step),
      rowOffset: micro * config.batchSize,
      totalRows,
      step,
      totalSteps: total,
    }
    const rows = batch((step - 1) * config.accumulation + micro)
    await model.prepareLoss?.(rows, context)
    const part = valueAndGradients(() => model.loss(rows, context), leaves)
    sum = sum === null ? part : addPart(sum, part)
  }
  const { value, gradients } = sum as Part
  const reading = readScalar(value).then((sumOfLosses) => {
    dispose(value)
    return sumOfLosses / config.accumulation
  })
  if (config.accumulation === 1) return { reading, gradients }
  const means = gradients.map((g) => scale(g, 1 / config.accumulation))
  dispose(gradients)
  return { reading, gradients: means }
}

type Part = { value: Tensor; gradients: Tensor[] }

function addPart(a: Part, b: Part): Part {
  const sum = tidy(() => ({
    value: add(a.value, b.value),
    gradients: a.gradients.map((g, i) => add(g, b.gradients[i])),
  }))
  dispose([a.value, b.value, ...a.gradients, ...b.gradients])
  return sum
}

/** Runs `f` with the averaged weights in the model, then puts the trained ones back. */
export async function withAveraged<T>(
  model: LanguageModel,
  state: OptimizerState,
  f: () => Promise<T>,
): Promise<T> {
  if (state.ema === null) return f()
  const trained = model.params
  const averaged = unpackParams(state.ema, trained)
  model.setParams(averaged)
  try {
    return await f()
  } finally {
    model.setParams(trained)
    disposeParams(averaged)
  }
}

type StepFigures = Pick<TrainingProgress, 'loss' | 'gradientNorm' | 'learningRate' | 'validation'>

/** Reports every `reportEverySteps` steps, with means since the last report. */
function createMeter(run: TrainingRun, total: number): (state: TrainingState, figures: StepFigures) => void {
  const every = run.reportEverySteps ?? Math.max(1, Math.floor(total / 200))
  let losses: number[] = []
  let since = { seconds: run.resume?.seconds ?? 0, tokens: run.resume?.tokens ?? 0 }
  return (state, figures) => {
    losses.push(figures.loss)
    const step = state.optimizer.step
    if (step % every !== 0 && step !== total && figures.validation === null) return
    const tokensPerSecond = (state.tokens - since.tokens) / Math.max(1e-9, state.seconds - since.seconds)
    const left = (total - step) * run.config.batchSize * run.config.accumulation * run.length
    run.onProgress?.({
      ...figures,
      step,
      totalSteps: total,
      tokens: state.tokens,
      seconds: state.seconds,
      tokensPerSecond,
      etaSeconds: left / tokensPerSecond,
      loss: losses.reduce((a, b) => a + b, 0) / losses.length,
    })
    losses = []
    since = { seconds: state.seconds, tokens: state.tokens }
  }
}
