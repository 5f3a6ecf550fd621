/** @file Trains a tiny masked diffusion model on Moby-Dick and lets it fill a gap. Half a minute of one core. */
import { createBatcher } from '@trivium/corpus'
import { loadDataset } from '@trivium/corpus/node'
import { startEngine } from '@trivium/engine/node'
import { gapCanvas } from '@trivium/language-model'
import { createMaskedDiffusion } from '@trivium/masked-diffusion'
import { createRng } from '@trivium/random'
import { maskedOptionsSchema, trainingConfigSchema } from '@trivium/schema'
import { createTokenizer } from '@trivium/tokenizer'
import { trainModel } from '@trivium/training'
import { defaultLearningRate, resolveBackbone } from '@trivium/transformer'

const tokens = Number(process.argv[2] ?? 200_000)
const length = 64

await startEngine('wasm')
const { train } = await loadDataset({ name: 'moby-dick', view: 'text8' })
const tokenizer = createTokenizer({ type: 'char', alphabet: 'text8' })
const backbone = resolveBackbone({ depth: 2, context: length })
const model = createMaskedDiffusion({
  backbone,
  options: maskedOptionsSchema.parse({ schedule: 'linear' }),
  vocabulary: tokenizer.vocabulary,
  rng: createRng(1),
})

const config = trainingConfigSchema.parse({ tokens, batchSize: 8, ema: 0 })
const { batch } = createBatcher({ tokens: tokenizer.encode(train), batchSize: 8, length, seed: 1 })
await trainModel({
  model,
  config,
  length,
  peakRate: defaultLearningRate(backbone),
  batch,
  rng: createRng(1).fork('training'),
  reportEverySteps: 50,
  onProgress: ({ step, totalSteps, loss }) =>
    console.log(`step ${step} of ${totalSteps}: ${loss.toFixed(2)} nats`),
})

const canvas = [
  gapCanvas(
    tokenizer.encode('the captain said '),
    24,
    tokenizer.encode(' and the whale'),
    tokenizer.vocabulary,
  ),
]
const sampler = { type: 'ancestral', steps: 24, temperature: 1 } as const
const { rows, cost } = await model.generate({ canvas, sampler, seed: 1 })
console.log(tokenizer.decode(rows[0].tokens), `(${cost.forwards} network evaluations)`)
