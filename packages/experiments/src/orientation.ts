/** @file What does not depend on any model: held-out text, controls, n-gram models. */
import { controlBaselines, heldOutTexts, nGramBits, rowTexts } from '@trivium/evaluation'
import { readManifest } from '@trivium/models/node'
import {
  type Baseline,
  baselineSchema,
  numbersVersion,
  resultsSchema,
  type SampleRecord,
  sampleSchema,
} from '@trivium/schema'
import { tokenizerFromJSON } from '@trivium/tokenizer'
import { z } from 'zod'
import type { CheckedConfig } from './check.ts'
import { configuredSha256, isTextDataset, loadText } from './data.ts'
import { heldOutRowsOf } from './held-out.ts'
import { type Candidate, referenceOf } from './jobs/evaluate.ts'
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

/** What the texts of the models are held against: as many characters, and the rows that the first of them is scored on. */
export type OrientationOptions = { readonly characters: number | null; readonly scored: Candidate }
export type OrientationJob = OrientationOptions & { readonly config: CheckedConfig }

export async function orientationStage(
  config: CheckedConfig,
  { characters, scored }: OrientationOptions,
): Promise<Stage<Orientation>> {
  const { dataset, seed } = config
  const content = await configuredSha256(dataset, config.models[0].paradigm)
  const { samples, judgeOrder, likelihoodRows } = config.evaluation
  const { backbone, tokenizer } = readManifest(scored.checkpoint)
  const rows = { likelihoodRows, context: backbone.context, tokenizer }
  const input: OrientationJob = { config, characters, scored }
  return {
    name: 'orientation.all',
    schema: orientationSchema,
    key: { content, version: numbersVersion.evaluation, seed, samples, judgeOrder, characters, rows },
    // In a process of its own, which can be ended at any time: the n-gram counts of a long text take a while.
    run: (runJob, signal) => runJob({ kind: 'orientation', name: 'orientation', input }, { signal }),
  }
}

export async function measureOrientation({
  config: { dataset: named, evaluation, seed },
  characters,
  scored,
}: OrientationJob): Promise<Orientation> {
  // Problems are judged by themselves: no text stands beside their answers.
  if (!isTextDataset(named) || characters === null) return { baselines: [], heldOut: null, nGramBits: [] }
  const { samples, likelihoodRows: count } = evaluation
  const dataset = await loadText(named)
  const reference = referenceOf(dataset, evaluation, seed)
  const baselines = controlBaselines(reference, samples, characters)
  const id = baselines.find(({ kind }) => kind === 'held-out')?.id ?? 'held-out'
  const texts = heldOutTexts(reference, Math.min(16, samples), characters)
  const { backbone, tokenizer: kind } = readManifest(scored.checkpoint)
  const tokenizer = tokenizerFromJSON(kind, `${scored.checkpoint}/manifest.json: the tokenizer`)
  const rows = heldOutRowsOf(dataset, tokenizer, { split: 'test', length: backbone.context, count })
  return {
    baselines,
    heldOut: { model: id, point: id, texts },
    nGramBits: nGramBits(dataset.train, rowTexts(dataset.test, rows)),
  }
}
