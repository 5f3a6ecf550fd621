/** A continuous student under the real loop: few steps of it against few and many of its teacher. */
import { flattenParams, keep, mapParams, read, type Tensor } from '@trivium/engine'
import { startEngine } from '@trivium/engine/node'
import { freeCanvas, type LanguageModel, plainVocabulary } from '@trivium/language-model'
import { circulantLanguage, klDivergence } from '@trivium/languages'
import { createRng } from '@trivium/random'
import { modelEntrySchema, samplerSchema, trainingConfigSchema } from '@trivium/schema'
import { disposeOptimizer, trainModel } from '@trivium/training'
import { resolveBackbone } from '@trivium/transformer'
import { beforeAll, expect, it } from 'vitest'
import { createModel } from './create.ts'

const [V, length, batchSize] = [4, 8, 32]
const language = circulantLanguage([0.85, 0.05, 0.05, 0.05])
const vocabulary = plainVocabulary(V)
const backbone = resolveBackbone({ depth: 1, width: 24, heads: 2, convolution: 4, context: length })
const modelOf = (options: object, teacher?: LanguageModel): LanguageModel =>
  createModel({
    entry: modelEntrySchema.parse({
      name: 'c',
      paradigm: 'continuous-diffusion',
      options: { embeddingDim: 8, selfConditioning: 0, ...options },
    }),
    backbone,
    vocabulary,
    seed: 1,
    teacher,
  })

async function train(model: LanguageModel, steps: number, peakRate: number): Promise<void> {
  const { state } = await trainModel({
    model,
    config: trainingConfigSchema.parse({
      tokens: steps * batchSize * length,
      batchSize,
      finalRate: 0,
      ema: 0,
    }),
    length,
    peakRate,
    batch: (index) => ({
      // One long walk of the language, cut into rows.
      tokens: language.sample(createRng(50).fork(index), batchSize * length),
      batch: batchSize,
      length,
    }),
    rng: createRng(7),
  })
  disposeOptimizer(state.optimizer)
}

/** KL of the transitions of 256 texts from the language's. */
async function divergence(model: LanguageModel, settings: object): Promise<number> {
  const canvas = Array.from({ length: 256 }, () => freeCanvas(length, vocabulary))
  const { rows } = await model.generate({
    canvas,
    sampler: samplerSchema.parse({ type: 'ddim', ...settings }),
    seed: 3,
  })
  const counts = new Float64Array(V * V)
  for (const { tokens } of rows) for (let i = 1; i < length; i++) counts[V * tokens[i - 1] + tokens[i]] += 1
  const law = Float64Array.from(counts, (_, k) => language.transition[Math.floor(k / V)][k % V] / V)
  return klDivergence(counts, law)
}

beforeAll(async () => {
  await startEngine('wasm', { blas: 'off' })
})

it('a student writes in one step better than its teacher, in two as well as it in 16, and is an ordinary model', async () => {
  const teacher = modelOf({})
  await train(teacher, 250, 0.01)
  const student = modelOf({ distil: { teacher: 'runs/teacher', steps: 8 } }, teacher)
  student.setParams(mapParams(teacher.params, (x) => keep(x.clone())))
  const before = await read(student.params.embedding as Tensor)
  await train(student, 120, 0.003)
  const renoise = (steps: number): Promise<number> => divergence(student, { type: 'renoise', steps })
  expect(await renoise(1)).toBeLessThan(0.6 * (await divergence(teacher, { steps: 1 })))
  const many = await divergence(teacher, { steps: 16 })
  for (const steps of [2, 4]) expect(await renoise(steps), `${steps} steps`).toBeLessThan(many + 0.02)
  expect(await read(student.params.embedding as Tensor)).toEqual(before)
  const [rows] = [[language.sample(createRng(9), length)]]
  const copy = modelOf({ distil: { teacher: 'runs/teacher', steps: 8 } })
  copy.setParams(student.params)
  copy.loadProcessState(JSON.parse(JSON.stringify(student.processState())))
  expect(copy.processState()).toEqual(teacher.processState())
  expect(await copy.logLikelihood(rows, { draws: 8 })).toEqual(
    await student.logLikelihood(rows, { draws: 8 }),
  )
  expect(flattenParams(copy.params).length).toBe(flattenParams(teacher.params).length)
})
