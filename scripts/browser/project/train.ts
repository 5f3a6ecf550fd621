/** @file What a user of the packages writes: a masked model that learns a sentence, and a text of it. Any started engine. */
import { createBatcher } from '@trivium/corpus'
import { activeEngine } from '@trivium/engine'
import { freeCanvas } from '@trivium/language-model'
import { createMaskedDiffusion } from '@trivium/masked-diffusion'
import { createRng } from '@trivium/random'
import { maskedOptionsSchema, trainingConfigSchema } from '@trivium/schema'
import { createTokenizer } from '@trivium/tokenizer'
import { trainModel } from '@trivium/training'
import { resolveBackbone } from '@trivium/transformer'

const sentence = 'she sells sea shells '
const length = 32
const batchSize = 16

export type Trained = {
  readonly engine: string
  readonly ownKernels: boolean
  /** Nats a masked token, each step. */
  readonly losses: readonly number[]
  readonly text: string
  readonly ms: number
}

export async function trainAndSample(steps: number): Promise<Trained> {
  const tokenizer = createTokenizer({ type: 'char', alphabet: 'text8' })
  const { vocabulary } = tokenizer
  const model = createMaskedDiffusion({
    backbone: resolveBackbone({ depth: 2, context: length }),
    options: maskedOptionsSchema.parse({}),
    vocabulary,
    rng: createRng(1),
  })
  const config = trainingConfigSchema.parse({ tokens: steps * batchSize * length, batchSize, ema: 0 })
  const tokens = tokenizer.encode(sentence.repeat(100))
  const { batch } = createBatcher({ tokens, batchSize, length, seed: 1 })
  const losses: number[] = []
  const start = performance.now()
  await trainModel({
    model,
    config,
    length,
    peakRate: 0.01,
    batch,
    rng: createRng(1).fork('training'),
    reportEverySteps: 1,
    onProgress: ({ loss }) => void losses.push(loss),
  })
  const sampler = { type: 'ancestral', steps: 16, temperature: 1 } as const
  const { rows } = await model.generate({ canvas: [freeCanvas(length, vocabulary)], sampler, seed: 1 })
  model.dispose()
  const { label, kernels } = activeEngine()
  return {
    engine: label,
    ownKernels: kernels !== null,
    losses,
    text: tokenizer.decode(rows[0].tokens),
    ms: performance.now() - start,
  }
}
