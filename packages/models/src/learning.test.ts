/** Every paradigm, trained by the real loop on a language whose entropy is known: learned numbers, not "the loss fell". */
import { memory, read, type Tensor } from '@trivium/engine'
import { startEngine } from '@trivium/engine/node'
import { freeCanvas, gapCanvas, type LanguageModel, plainVocabulary } from '@trivium/language-model'
import { circulantLanguage, klDivergence } from '@trivium/languages'
import { createRng } from '@trivium/random'
import { type ModelEntry, modelEntrySchema, type SamplerConfig, trainingConfigSchema } from '@trivium/schema'
import { disposeOptimizer, trainModel } from '@trivium/training'
import { resolveBackbone } from '@trivium/transformer'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createModel } from './index.ts'

const length = 12
const V = 4
/** A token mostly repeats the one before: 0.74 nats a token in rows of 12, where a unigram pays log 4 = 1.39. */
const language = circulantLanguage([0.8, 0.08, 0.08, 0.04])
const vocabulary = plainVocabulary(V)

type Case = {
  readonly entry: ModelEntry
  readonly sampler: SamplerConfig
  readonly steps: number
  /** Nats over the exact ones, at most. */
  readonly ratio: number
  /** KL of the transitions of its texts from the language's, at most; of uniform text it is 0.74. */
  readonly divergence: number
  /** Share of gaps between two equal tokens that are filled with it, at least; the language says 0.98. */
  readonly infill?: number
  /** Mean cosine between the rows of the embedding table, at most: 1 when they have collapsed, −1/3 at best for four. */
  readonly cosine?: number
}
const caseOf = (entry: object, rest: Omit<Case, 'entry'>): Case => ({
  entry: modelEntrySchema.parse({ name: 'model', ...entry }),
  ...rest,
})
const gaussian: SamplerConfig = { type: 'gaussian-ancestral', steps: 32, temperature: 1 }
const cases: Record<string, Case> = {
  autoregressive: caseOf(
    { paradigm: 'autoregressive' },
    {
      sampler: { type: 'ar', temperature: 1, repetitionPenalty: 1, cache: true },
      steps: 150,
      ratio: 1.01,
      divergence: 0.03,
    },
  ),
  masked: caseOf(
    { paradigm: 'masked-diffusion' },
    {
      sampler: { type: 'ancestral', steps: 64, temperature: 1 },
      steps: 300,
      ratio: 1.04,
      divergence: 0.04,
      infill: 0.9,
    },
  ),
  'masked, blocks of 4': caseOf(
    { paradigm: 'masked-diffusion', options: { blockLength: 4 } },
    { sampler: { type: 'ancestral', steps: 16, temperature: 1 }, steps: 300, ratio: 1.06, divergence: 0.04 },
  ),
  continuous: caseOf(
    { paradigm: 'continuous-diffusion', options: { embeddingDim: 8 } },
    { sampler: gaussian, steps: 300, ratio: 1.2, divergence: 0.15, infill: 0.8, cosine: 0.1 },
  ),
  'continuous, trained on its bound': caseOf(
    { paradigm: 'continuous-diffusion', options: { embeddingDim: 8, objective: 'vlb', schedule: 'cosine' } },
    { sampler: gaussian, steps: 300, ratio: 1.35, divergence: 0.3, infill: 0.7, cosine: 0.9 },
  ),
  'continuous, latents of two tokens': caseOf(
    { paradigm: 'continuous-diffusion', options: { latent: { rate: 2, dim: 8, hidden: 32 } } },
    { sampler: gaussian, steps: 400, ratio: 1.25, divergence: 0.1, infill: 0.85 },
  ),
}

async function train(model: LanguageModel, steps: number): Promise<void> {
  const batchSize = 32
  const batch = (index: number) => {
    const tokens = new Int32Array(batchSize * length)
    for (let b = 0; b < batchSize; b++)
      tokens.set(language.sample(createRng(50).fork(index, b), length), b * length)
    return { tokens, batch: batchSize, length }
  }
  const config = trainingConfigSchema.parse({
    tokens: steps * batchSize * length,
    batchSize,
    finalRate: 0,
    ema: 0,
  })
  const heldOut = Array.from({ length: 32 }, (_, r) => language.sample(createRng(60).fork(r), length))
  const run = { model, config, length, peakRate: 0.01, batch, rng: createRng(7), heldOut }
  const { state } = await trainModel(run)
  disposeOptimizer(state.optimizer)
}

/** Mean cosine between different rows of the embedding table. */
async function meanCosine(model: LanguageModel): Promise<number> {
  const table = model.params.embedding as Tensor
  const values = await read(table)
  const [rows, d] = table.shape as [number, number]
  const row = (v: number): Float32Array => values.subarray(v * d, (v + 1) * d)
  const dot = (a: Float32Array, b: Float32Array): number => a.reduce((s, x, k) => s + x * b[k], 0)
  let total = 0
  for (let v = 0; v < rows; v++)
    for (let w = 0; w < rows; w++)
      if (v !== w) total += dot(row(v), row(w)) / Math.sqrt(dot(row(v), row(v)) * dot(row(w), row(w)))
  return total / (rows * (rows - 1))
}

beforeAll(async () => {
  // The plain kernels give the same bits on every machine, so a learned number does too.
  await startEngine('wasm', { blas: 'off' })
})

describe.each(Object.entries(cases))(
  '%s',
  (_, { entry, sampler, steps, ratio, divergence, infill, cosine }) => {
    let model: LanguageModel
    beforeAll(async () => {
      const backbone = resolveBackbone({ depth: 1, width: 32, heads: 2, convolution: 4, context: length })
      model = createModel({ entry, backbone, vocabulary, seed: 1 })
      // The first step and the first text leave the constants of this shape behind.
      await train(model, 1)
      await model.generate({ canvas: [freeCanvas(length, vocabulary)], sampler, seed: 1 })
      const before = memory().numTensors
      await train(model, steps)
      expect(memory().numTensors).toBe(before)
    })
    afterAll(() => model.dispose())

    it('scores the language near its entropy, and never below', async () => {
      const rows = Array.from({ length: 64 }, (_, r) => language.sample(createRng(99).fork(r), length))
      const found = await model.logLikelihood(rows, { draws: 32, batchSize: 128 })
      const exact = -rows.reduce((sum, row) => sum + language.logProb(row), 0)
      const stderr = Math.hypot(...found.map((x) => x.stderr)) / exact
      const got = found.reduce((sum, { nats }) => sum + nats, 0) / exact
      expect(got).toBeLessThan(ratio)
      // 64 rows: a model may suit them a little better than the language itself.
      expect(got).toBeGreaterThan(0.99 - 3 * stderr)
    })

    it('writes text that follows the language', async () => {
      const canvas = Array.from({ length: 128 }, () => freeCanvas(length, vocabulary))
      const { rows } = await model.generate({ canvas, sampler, seed: 3 })
      const counts = new Float64Array(V * V)
      for (const { tokens } of rows)
        for (let i = 1; i < length; i++) counts[V * tokens[i - 1] + tokens[i]] += 1
      const law = Float64Array.from(counts, (_, k) => language.transition[Math.floor(k / V)][k % V] / V)
      expect(klDivergence(counts, law)).toBeLessThan(divergence)
    })

    if (infill !== undefined)
      it('fills a gap so that both ends fit', async () => {
        const ends = Int32Array.of(2, 2)
        // 256 of them: a share of .9 is then known to ±.02.
        const canvas = Array.from({ length: 256 }, () => gapCanvas(ends, 1, ends, vocabulary))
        const { rows } = await model.generate({ canvas, sampler, seed: 3 })
        const share = rows.filter(({ tokens }) => tokens[2] === 2).length / canvas.length
        expect(share).toBeGreaterThan(infill)
      })

    if (cosine !== undefined)
      it('keeps its embeddings apart', async () => {
        // The squared error of the bound pulls them together; what holds them apart is that tokens must still be told from each
        // other at γ₀.
        expect(await meanCosine(model)).toBeLessThan(cosine)
        const [{ parts }] = await model.logLikelihood([language.sample(createRng(5), length)], { draws: 32 })
        expect((parts?.reconstruction ?? Number.NaN) / length).toBeLessThan(0.1)
      })
  },
)

it('a block model with blocks of one, trained at t = 1, is the autoregressive model: one likelihood within 1e-3 nats a token', async () => {
  const rows = Array.from({ length: 64 }, (_, r) => language.sample(createRng(99).fork(r), length))
  const nats = async (entry: object): Promise<number> => {
    const backbone = resolveBackbone({ depth: 1, width: 32, heads: 2, convolution: 4, context: length })
    const parsed = modelEntrySchema.parse({ name: 'model', ...entry })
    const model = createModel({ entry: parsed, backbone, vocabulary, seed: 1 })
    await train(model, 150)
    const found = await model.logLikelihood(rows, { batchSize: 64 })
    model.dispose()
    for (const { kind, bound } of found) expect([kind, bound]).toEqual(['exact', 'exact'])
    return found.reduce((sum, likelihood) => sum + likelihood.nats, 0) / (rows.length * length)
  }
  const chain = await nats({ paradigm: 'autoregressive' })
  const blocks = await nats({
    paradigm: 'masked-diffusion',
    options: { blockLength: 1, timeRange: [1, 1] },
  })
  expect(Math.abs(chain - blocks)).toBeLessThan(1e-3)
})
