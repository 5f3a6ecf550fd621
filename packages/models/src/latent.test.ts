/** The phases of a latent model under the real loop: what moves when, and what a checkpoint of it holds. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { flattenParams, parameterGroups, read } from '@trivium/engine'
import { startEngine } from '@trivium/engine/node'
import { type LanguageModel, plainVocabulary } from '@trivium/language-model'
import { circulantLanguage } from '@trivium/languages'
import { createRng } from '@trivium/random'
import { modelEntrySchema, trainingConfigSchema } from '@trivium/schema'
import { type TrainingState, trainModel } from '@trivium/training'
import { loadCheckpoint, restoreTraining, saveCheckpoint } from '@trivium/training/node'
import { resolveBackbone } from '@trivium/transformer'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createModel } from './create.ts'

const length = 12
const language = circulantLanguage([0.8, 0.08, 0.08, 0.04])
const directory = mkdtempSync(join(tmpdir(), 'trivium-latent-'))
const entry = modelEntrySchema.parse({
  name: 'latent',
  paradigm: 'continuous-diffusion',
  options: { latent: { rate: 2, dim: 8, hidden: 32, share: 0.5, reconstruction: 0.9 } },
})
const backbone = resolveBackbone({ depth: 1, width: 16, heads: 2, convolution: 0, context: length })
const create = (): LanguageModel => createModel({ entry, backbone, vocabulary: plainVocabulary(4), seed: 1 })
const rowsOf = (seed: number, count: number): Int32Array[] =>
  Array.from({ length: count }, (_, r) => language.sample(createRng(seed).fork(r), length))

beforeAll(async () => {
  await startEngine('wasm', { blas: 'off' })
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

async function weightsOf(model: LanguageModel): Promise<Map<string, number[]>> {
  const out = new Map<string, number[]>()
  for (const [path, x] of flattenParams(model.params)) out.set(path, Array.from(await read(x)))
  return out
}

it('trains the autoencoder, then the process on its latents alone, averages included, and goes on from a checkpoint', async () => {
  const model = create()
  const config = trainingConfigSchema.parse({
    tokens: 60 * 16 * length,
    batchSize: 16,
    checkpointEverySteps: 15,
  })
  const seen = new Map<number, Map<string, number[]>>()
  const kept: { at: Map<string, number[]>; state: TrainingState }[] = []
  const run = {
    config,
    length,
    peakRate: 0.02,
    rng: createRng(7),
    heldOut: rowsOf(60, 16),
    batch: (index: number) => ({
      tokens: Int32Array.from(rowsOf(50 + index, 16).flatMap((row) => [...row])),
      batch: 16,
      length,
    }),
  }
  const manifestOf = (state: TrainingState) => ({
    schemaVersion: 1 as const,
    name: 'latent',
    paradigm: entry.paradigm,
    backbone,
    entry,
    training: config,
    dataset: { name: 'sotu', view: 'text8' as const },
    datasetSha256: 'a'.repeat(64),
    tokenizer: { type: 'byte' as const },
    seed: 1,
    step: state.optimizer.step,
    totalSteps: 60,
    tokens: state.tokens,
    seconds: 0,
    engine: 'wasm',
    process: model.processState(),
    validation: null,
    parameterGroups: parameterGroups(model.params),
    provenance: {},
  })
  await trainModel({
    ...run,
    model,
    onCheckpoint: async (state) => {
      const { step } = state.optimizer
      seen.set(step, await weightsOf(model))
      expect(model.processState().latent === undefined, `step ${step}`).toBe(step <= 30)
      if (step === 45)
        await saveCheckpoint(directory, { manifest: manifestOf(state) as never, params: model.params, state })
      kept.push({ at: await weightsOf(model), state })
    },
  })
  const [first, middle, late, last] = [15, 30, 45, 60].map((step) => seen.get(step) as Map<string, number[]>)
  for (const path of first.keys())
    if (path.startsWith('autoencoder.')) {
      expect(middle.get(path), path).not.toEqual(first.get(path))
      expect(last.get(path), path).toEqual(middle.get(path))
    } else expect(middle.get(path), path).toEqual(first.get(path))
  expect(last.get('head.weight')).not.toEqual(late.get('head.weight'))

  // The averaged autoencoder of a checkpoint is the one whose latents the process knows.
  const checkpoint = loadCheckpoint(directory)
  for (const [path, values] of late)
    if (path.startsWith('autoencoder.')) expect(Array.from(checkpoint.weights[path].values)).toEqual(values)
  const again = create()
  const restored = restoreTraining(again.params, checkpoint)
  again.setParams(restored.params)
  again.loadProcessState(checkpoint.manifest.process)
  await trainModel({ ...run, model: again, resume: restored.state })
  expect(await weightsOf(again)).toEqual(last)
})
