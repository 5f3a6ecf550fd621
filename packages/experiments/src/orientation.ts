/** @file What does not depend on any model: held-out text, controls, n-gram models. */
import { loadDataset } from '@trivium/corpus/node'
import { controlBaselines, heldOutTexts, nGramBits } from '@trivium/evaluation'
import {
  type Baseline,
  baselineSchema,
  resultsSchema,
  type SampleRecord,
  sampleSchema,
} from '@trivium/schema'
import { z } from 'zod'
import type { CheckedConfig } from './check.ts'
import { isTextDataset } from './data.ts'
import { referenceOf } from './jobs/evaluate.ts'
import type { Stage } from './stage.ts'

export type Orientation = {
  readonly baselines: Baseline[]
  /** Held-out text beside the models' own; `model` is the id of its baseline. Null where problems are answered. */
  readonly heldOut: SampleRecord | null
  readonly nGramBits: { order: number; bitsPerCharacter: number }[]
}

const orientationSchema: z.ZodType<Orientation> = z.strictObject({
  baselines: z.array(baselineSchema),
  heldOut: sampleSchema.nullable(),
  nGramBits: resultsSchema.shape.nGramBits,
})

export function orientationStage(config: CheckedConfig): Stage<Orientation> {
  const { dataset, seed } = config
  const { samples, judgeOrder, bootstrap, length } = config.evaluation
  return {
    name: 'orientation.all',
    schema: orientationSchema,
    key: { dataset, seed, samples, judgeOrder, bootstrap, length },
    run: () => measureOrientation(config),
  }
}

async function measureOrientation({ dataset: named, evaluation, seed }: CheckedConfig): Promise<Orientation> {
  // Problems are judged by themselves: no text stands beside their answers.
  if (!isTextDataset(named)) return { baselines: [], heldOut: null, nGramBits: [] }
  const { samples, length } = evaluation
  const dataset = await loadDataset(named)
  const reference = referenceOf(dataset, evaluation, seed)
  const baselines = controlBaselines(reference, samples, length)
  const id = baselines.find(({ kind }) => kind === 'held-out')?.id ?? 'held-out'
  const texts = heldOutTexts(reference, Math.min(16, samples), length)
  return {
    baselines,
    heldOut: { model: id, point: id, texts },
    nGramBits: nGramBits(dataset.train, dataset.test),
  }
}
