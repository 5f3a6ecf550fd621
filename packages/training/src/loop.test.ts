import { flattenParams, memory, read, softmax, type Tensor } from '@trivium/engine'
import { startEngine } from '@trivium/engine/node'
import { createRng } from '@trivium/random'
import { RuntimeFailure, Stopped, type TrainingConfig, trainingConfigSchema } from '@trivium/schema'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  emaDecay,
  learningRate,
  type TrainingProgress,
  type TrainingRun,
  totalSteps,
  trainModel,
  withAveraged,
} from './index.ts'
import { bigramModel, chainBatch, entropyRate, language } from './testing.ts'

const config = (over: Partial<TrainingConfig> = {}): TrainingConfig =>
  trainingConfigSchema.parse({ tokens: 8 * 33 * 300, batchSize: 8, weightDecay: 0, ema: 0.99, ...over })
const run = (over: Partial<TrainingRun> = {}): TrainingRun => ({
  model: bigramModel(),
  config: config(),
  length: 33,
  peakRate: 0.05,
  batch: (index) => chainBatch(index),
  rng: createRng(1),
  ...over,
})

beforeAll(async () => {
  await startEngine('wasm', { blas: 'off' })
})

describe('learningRate', () => {
  const schedule = { peak: 2, warmupSteps: 10, totalSteps: 110, finalRate: 0.1 }
  it('warms up linearly and ends on a cosine', () => {
    expect(learningRate(1, schedule)).toBeCloseTo(0.2)
    expect(learningRate(10, schedule)).toBe(2)
    expect(learningRate(60, schedule)).toBeCloseTo(2 * 0.55)
    expect(learningRate(110, schedule)).toBeCloseTo(0.2)
  })
  it('lets early averages forget faster', () => {
    expect(emaDecay(1, 0.999)).toBeCloseTo(2 / 11)
    expect(emaDecay(1e6, 0.999)).toBe(0.999)
  })
})

describe('trainModel', () => {
  it('learns the transition matrix of a Markov chain: the loss reaches its entropy rate', async () => {
    const model = bigramModel()
    const progress: TrainingProgress[] = []
    const { state, finished } = await trainModel(
      run({ model, onProgress: (p) => progress.push(p), reportEverySteps: 100 }),
    )
    expect(finished).toBe(true)
    expect(state.tokens).toBe(8 * 33 * 300)
    // 25,600 pairs a report: the standard error of the mean loss is below 0.01.
    expect(Math.abs((progress.at(-1)?.loss ?? 0) - entropyRate())).toBeLessThan(0.02)
    const learned = await withAveraged(model, state.optimizer, () =>
      read(softmax(model.params.table as Tensor)),
    )
    language.transition.flat().forEach((p, i) => expect(Math.abs(learned[i] - p)).toBeLessThan(0.03))
  })

  it('a stop between two micro-batches gives the step up; one in a validation goes back to the checkpoint', async () => {
    const stop = new AbortController()
    const saved: number[] = []
    const weights = bigramModel()
    const untouched = (await read(weights.params.table as Tensor)).slice()
    const micro = await trainModel(
      run({
        model: weights,
        config: config({ accumulation: 1000 }),
        signal: stop.signal,
        batch(index) {
          if (index === 1) setTimeout(() => stop.abort(), 1)
          return chainBatch(index)
        },
      }),
    )
    expect([micro.finished, micro.state.optimizer.step]).toEqual([false, 0])
    expect(await read(weights.params.table as Tensor)).toEqual(untouched)

    const validating = trainModel(
      run({
        config: config({ evalEverySteps: 5, checkpointEverySteps: 3 }),
        signal: new AbortController().signal,
        async validate() {
          throw new Stopped()
        },
        onCheckpoint: async ({ optimizer }) => void saved.push(optimizer.step),
      }),
    )
    await expect(validating).rejects.toThrow(Stopped)
    expect(saved).toEqual([3])
  })

  it('resumes to the bit', async () => {
    const weights = async (r: TrainingRun): Promise<Float32Array> =>
      (await read(r.model.params.table as Tensor)).slice()
    const whole = run({ config: config({ tokens: 8 * 33 * 20 }) })
    await trainModel(whole)
    const stop = new AbortController()
    const first = run({
      config: config({ tokens: 8 * 33 * 20 }),
      signal: stop.signal,
      reportEverySteps: 1,
      onProgress: ({ step }) => step === 7 && stop.abort(),
    })
    const half = await trainModel(first)
    expect([half.finished, half.state.optimizer.step]).toEqual([false, 7])
    const second = await trainModel({ ...first, signal: undefined, resume: half.state })
    expect(second.finished).toBe(true)
    expect(await weights(first)).toEqual(await weights(whole))
  })

  it('trains on as if nobody validated, and a checkpoint carries the validation of its own step alone', async () => {
    const tokens = 8 * 33 * 20
    const plain = run({ config: config({ tokens }) })
    await trainModel(plain)
    const seen: [step: number, validation: number | null][] = []
    const averages: number[] = []
    const watched = run({
      config: config({ tokens, evalEverySteps: 8, checkpointEverySteps: 5 }),
      validate: async () => averages.push((await read(watched.model.params.table as Tensor))[0]),
      onCheckpoint: async ({ optimizer }, validation) => void seen.push([optimizer.step, validation]),
    })
    await trainModel(watched)
    expect(seen).toEqual([
      [5, null],
      [8, 1],
      [10, null],
      [15, null],
      [16, 2],
      [20, 3],
    ])
    const end = await read(plain.model.params.table as Tensor)
    expect(await read(watched.model.params.table as Tensor)).toEqual(end)
    // What was validated are the averaged weights, which lag behind.
    expect(Math.abs(averages[2] - end[0])).toBeGreaterThan(1e-3)
  })

  it('gives the same step for one batch or for its halves accumulated', async () => {
    const halves = (index: number): ReturnType<typeof chainBatch> => {
      const { tokens, length } = chainBatch(Math.floor(index / 2))
      return {
        tokens: tokens.slice((index % 2) * 4 * length, ((index % 2) + 1) * 4 * length),
        batch: 4,
        length,
      }
    }
    const whole = run({ config: config({ tokens: 8 * 33 * 5 }) })
    const split = run({
      config: config({ tokens: 8 * 33 * 5, batchSize: 4, accumulation: 2 }),
      batch: halves,
    })
    await trainModel(whole)
    await trainModel(split)
    expect(totalSteps(split.config, 33)).toBe(5)
    const [a, b] = [
      await read(whole.model.params.table as Tensor),
      await read(split.model.params.table as Tensor),
    ]
    a.forEach((x, i) => expect(b[i]).toBeCloseTo(x, 4))
  })

  it('keeps the number of tensors flat', async () => {
    const counts: number[] = []
    await trainModel(
      run({
        config: config({ tokens: 8 * 33 * 100 }),
        reportEverySteps: 1,
        onProgress: () => counts.push(memory().numTensors),
      }),
    )
    expect(new Set(counts).size).toBe(1)
  })

  it('decays matrices only and clips by the global norm', async () => {
    const r = run({ config: config({ tokens: 8 * 33 * 3, weightDecay: 0.5 }) })
    await trainModel(r)
    const [, unused] = flattenParams(r.model.params).find(([path]) => path === 'unused') as [string, Tensor]
    expect([...(await read(unused))]).toEqual([1, 2])
  })

  describe('stops at the first number that is none, and names its step', () => {
    /** A model whose loss is another one in step 7. */
    const broken = (change: (loss: Tensor) => Tensor): TrainingRun['model'] => {
      const model = bigramModel()
      const loss: typeof model.loss = (batch, context) => {
        const value = model.loss(batch, context)
        return context.step === 7 ? change(value) : value
      }
      return Object.defineProperty({ ...model, loss }, 'params', { get: () => model.params })
    }
    it.each<[string, () => Partial<TrainingRun>, RegExp]>([
      [
        'loss',
        () => ({ model: broken((loss) => loss.mul(Number.NaN)) }),
        /^the loss of step 7 is not finite \(NaN\)/,
      ],
      [
        'gradient',
        // The square root of 0 is 0 and has no slope.
        () => ({ model: broken((loss) => loss.add(loss.mul(0).sqrt())) }),
        /^the gradient of step 7 is not finite \(NaN\)/,
      ],
      [
        'validation',
        () => ({
          config: config({ checkpointEverySteps: 3, evalEverySteps: 7 }),
          validate: async () => Number.NaN,
        }),
        /^the validation of step 7 is not finite \(NaN\)/,
      ],
    ])('%s', async (_, over, message) => {
      const saved: number[] = []
      const lost = run({
        config: config({ checkpointEverySteps: 3 }),
        onCheckpoint: async ({ optimizer }) => void saved.push(optimizer.step),
        ...over(),
      })
      const failure: unknown = await trainModel(lost).catch((error: unknown) => error)
      expect(failure).toBeInstanceOf(RuntimeFailure)
      expect((failure as Error).message).toMatch(message)
      expect((failure as Error).message).toMatch(
        /; the checkpoint of step 6 stays; lower training\.learningRate \(now 0\.05\) and start anew$/,
      )
      expect(saved).toEqual([3, 6])
    })

    it('weights that only the last update lost, though nothing is saved', async () => {
      const lost = run({ config: config({ tokens: 8 * 33 }), peakRate: 1e38 })
      await expect(trainModel(lost)).rejects.toThrow(/the length of all weights of step 1 is not finite/)
    })
  })
})
