/** @file What does not depend on any model: held-out text, controls, n-gram models. */
import { controlBaselines, heldOutTexts, nGramBits } from '@trivium/evaluation'
import {
  type Baseline,
  baselineSchema,
  numbersVersion,
  resultsSchema,
  type SampleRecord,
  sampleSchema,
} from '@trivium/schema'
import { z } from 'zod'
import type { CheckedConfig } from './check.ts'
import { configuredSha256, isTextDataset, loadText } from './data.ts'
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

export async function orientationStage(config: CheckedConfig): Promise<Stage<Orientation>> {
  const { dataset, seed } = config
  const content = await configuredSha256(dataset, config.models[0].paradigm)
  const { samples, judgeOrder, bootstrap, length } = config.evaluation
  return {
    name: 'orientation.all',
    schema: orientationSchema,
    key: { content, version: numbersVersion.evaluation, seed, samples, judgeOrder, bootstrap, length },
    // In a process of its own, which can be ended at any time: the n-gram counts of a long text take a while.
    run: (runJob, signal) => runJob({ kind: 'orientation', name: 'orientation', input: config }, { signal }),
  }
}

export async function measureOrientation({
  dataset: named,
  evaluation,
  seed,
}: CheckedConfig): Promise<Orientation> {
  // Problems are judged by themselves: no text stands beside their answers.
  if (!isTextDataset(named)) return { baselines: [], heldOut: null, nGramBits: [] }
  const { samples, length } = evaluation
  const dataset = await loadText(named)
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
