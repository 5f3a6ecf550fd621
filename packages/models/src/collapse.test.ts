/** Training that stops by itself: embeddings that fell together or were lost. */
import { dispose, type Tensor, tensor } from '@trivium/engine'
import { startEngine } from '@trivium/engine/node'
import { plainVocabulary } from '@trivium/language-model'
import { createRng } from '@trivium/random'
import { modelEntrySchema, RuntimeFailure, trainingConfigSchema } from '@trivium/schema'
import { trainModel } from '@trivium/training'
import { resolveBackbone } from '@trivium/transformer'
import { beforeAll, describe, expect, it } from 'vitest'
import { createModel } from './create.ts'

beforeAll(async () => {
  await startEngine('wasm', { blas: 'off' })
})

describe.each([
  [
    'fell together',
    (i: number) => 1 + (i % 4) + 0.01 * Math.sin(i),
    /embeddings of step 5 have collapsed \(mean cosine .*; the checkpoint of step 4 stays/,
  ],
  ['were lost', () => Number.NaN, /of step 5 (is|are) not finite.*; the checkpoint of step 4 stays/],
] as const)('embeddings that %s', (_, value, message) => {
  it('end training with the step named, and the checkpoint before stays the last', async () => {
    const model = createModel({
      entry: modelEntrySchema.parse({
        name: 'c',
        paradigm: 'continuous-diffusion',
        options: { embeddingDim: 4 },
      }),
      backbone: resolveBackbone({ depth: 1, width: 8, heads: 1, context: 8 }),
      vocabulary: plainVocabulary(5),
      seed: 1,
    })
    const saved: number[] = []
    const run = trainModel({
      model,
      config: trainingConfigSchema.parse({ tokens: 20 * 16, batchSize: 2, checkpointEverySteps: 2, ema: 0 }),
      length: 8,
      peakRate: 1e-3,
      batch: () => ({ tokens: Int32Array.from({ length: 16 }, (_, i) => i % 5), batch: 2, length: 8 }),
      rng: createRng(1),
      onCheckpoint: async ({ optimizer }) => {
        saved.push(optimizer.step)
        if (optimizer.step === 4) replaceEmbedding(model.params.embedding as Tensor, value)
      },
    })
    const failure: unknown = await run.catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(RuntimeFailure)
    expect((failure as Error).message).toMatch(message)
    expect(saved).toEqual([2, 4])

    function replaceEmbedding(table: Tensor, f: (i: number) => number): void {
      const lost = tensor(
        Float32Array.from({ length: table.size }, (_, i) => f(i)),
        [5, 4],
      )
      model.setParams({ ...model.params, embedding: lost })
      dispose(table)
    }
  })
})
