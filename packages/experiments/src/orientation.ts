/** @file What does not depend on any model: held-out text, controls, n-gram models. */
import {
  answerBaselines,
  controlBaselines,
  heldOutTexts,
  languageBaselines,
  nGramBits,
  rowTexts,
} from '@trivium/evaluation'
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
import { configuredSha256, isTextDataset, loadData, loadText, paradigmOf } from './data.ts'
import { heldOutRowsOf } from './held-out.ts'
import { type Candidate, referenceOf } from './jobs/evaluate.ts'
import { problemSet } from './problems.ts'
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

/** What the texts of the models are held against: as many characters, and the rows that the first of them, if any, is scored on. */
export type OrientationOptions = { readonly characters: number | null; readonly scored: Candidate | null }
export type OrientationJob = OrientationOptions & { readonly config: CheckedConfig }

export async function orientationStage(
  config: CheckedConfig,
  { characters, scored }: OrientationOptions,
): Promise<Stage<Orientation>> {
  const { dataset, seed } = config
  const content = await configuredSha256(dataset, paradigmOf(config))
  const { samples, judgeOrder, likelihoodRows } = config.evaluation
  const rows = { likelihoodRows, ...(scored !== null && scoringOf(scored)) }
  const input: OrientationJob = { config, characters, scored }
  return {
    name: 'orientation.all',
    schema: orientationSchema,
    key: { content, version: numbersVersion.evaluation, seed, samples, judgeOrder, characters, rows },
    // In a process of its own, which can be ended at any time: the n-gram counts of a long text take a while.
    run: (runJob, signal) => runJob({ kind: 'orientation', name: 'orientation', input }, { signal }),
  }
}

function scoringOf({ checkpoint }: Candidate): { context: number; tokenizer: unknown } {
  const { backbone, tokenizer } = readManifest(checkpoint)
  return { context: backbone.context, tokenizer }
}

export async function measureOrientation({
  config,
  characters,
  scored,
}: OrientationJob): Promise<Orientation> {
  const { dataset: named, evaluation, seed } = config
  if (!isTextDataset(named) || characters === null || scored === null) return exampleOrientation(config)
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

/** Training problems whose answers the controls are made of. */
const knownProblems = 256

/** Controls of answers, or of rows of a language beside as many true ones. No text stands beside them. */
async function exampleOrientation(config: CheckedConfig): Promise<Orientation> {
  const data = await loadData(config, paradigmOf(config))
  if (data.kind === 'text') return { baselines: [], heldOut: null, nGramBits: [] }
  const { evaluation, seed } = config
  const { examples, language } = data
  const problems = problemSet(data, evaluation.samples, evaluation)
  const known = Array.from({ length: Math.min(knownProblems, examples.count('train')) }, (_, i) =>
    examples.example('train', i),
  )
  const baselines =
    language === null
      ? answerBaselines(known, problems, { seed })
      : languageBaselines(
          problems.problems.map(({ tokens }) => tokens),
          language,
          { task: examples.name, seed },
        )
  return { baselines, heldOut: null, nGramBits: [] }
}
