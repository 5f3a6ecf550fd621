/** @file results.json out of what the stages left: models, metrics, points, baselines, curves, samples, provenance. */
import { loadDataset } from '@trivium/corpus/node'
import { controlBaselines, heldOutTexts, nGramBits, withTiming } from '@trivium/evaluation'
import { readManifest } from '@trivium/models/node'
import {
  type Baseline,
  baselineSchema,
  type ExperimentConfig,
  type ModelEntry,
  type ModelRecord,
  parseOutput,
  type Results,
  resultsSchema,
  resultsSchemaVersion,
  type SampleRecord,
  sampleSchema,
} from '@trivium/schema'
import { z } from 'zod'
import { type Candidate, type ModelEvaluation, referenceOf } from './evaluation-job.ts'
import type { LatencyResult } from './latency-job.ts'
import { gatherProvenance } from './provenance.ts'
import { type ReadCurve, readTrainingCurve } from './training-curve.ts'

export type Assembly = {
  readonly config: ExperimentConfig
  readonly candidates: readonly (Candidate & { group: string })[]
  readonly evaluations: ReadonlyMap<string, ModelEvaluation>
  readonly latency: LatencyResult
  readonly modelDirectory: (entry: ModelEntry) => string
  readonly argv: readonly string[]
  readonly wallSeconds: number
  /** Controls and n-gram models of the run, when they were measured before. */
  readonly orientation: Orientation
}

/** What does not depend on any model: held-out text, controls, n-gram models. */
export type Orientation = {
  readonly baselines: Baseline[]
  /** Held-out text beside the models' own; `model` is the id of its baseline. */
  readonly heldOut: SampleRecord
  readonly nGramBits: { order: number; bitsPerCharacter: number }[]
}

/** As it is kept in a run. */
export const orientationSchema: z.ZodType<Orientation> = z.strictObject({
  baselines: z.array(baselineSchema),
  heldOut: sampleSchema,
  nGramBits: resultsSchema.shape.nGramBits,
})

export async function measureOrientation(config: ExperimentConfig, length: number): Promise<Orientation> {
  const dataset = await loadDataset(config.dataset)
  const reference = referenceOf(dataset, config.evaluation, config.seed)
  const baselines = controlBaselines(reference, config.evaluation.samples, length)
  const id = baselines.find(({ kind }) => kind === 'held-out')?.id ?? 'held-out'
  return {
    baselines,
    heldOut: {
      model: id,
      point: id,
      texts: heldOutTexts(reference, Math.min(16, config.evaluation.samples), length),
    },
    nGramBits: nGramBits(dataset.train, dataset.test),
  }
}

/** @throws RuntimeFailure when the result does not fit its schema, with the first key that does not */
export async function assembleResults(parts: Assembly): Promise<Results> {
  const { config, candidates, evaluations, latency, argv, orientation } = parts
  const dataset = await loadDataset(config.dataset)
  const all = candidates.map(({ name }) => ({ name, ...(evaluations.get(name) as ModelEvaluation) }))
  const curves = config.models.map((entry) => readTrainingCurve(entry.name, parts.modelDirectory(entry)))
  const results: Results = {
    schemaVersion: resultsSchemaVersion,
    name: config.name,
    ...(config.description !== undefined && { description: config.description }),
    createdAt: new Date().toISOString(),
    wallSeconds: parts.wallSeconds,
    provenance: await gatherProvenance({
      seeds: [config.seed],
      datasetSha256: dataset.sha256,
      engine: {
        label: latency.engine,
        threads: latency.engineThreads,
        choice: latency.engineChoice,
      },
      argv,
    }),
    dataset: {
      name: dataset.name,
      view: dataset.view,
      trainCharacters: dataset.train.length,
      testCharacters: dataset.test.length,
      heldOut: dataset.heldOut,
    },
    models: candidates.map((candidate) => modelRecord(candidate, latency)),
    metrics: all.map(({ name, bits }) => ({ ...bits, model: name })),
    nGramBits: orientation.nGramBits,
    points: all.flatMap(({ points }) => points.map((point) => withTiming(point, latency.points[point.id]))),
    baselines: orientation.baselines,
    training: curves.map(({ curve }) => curve),
    samples: [...all.flatMap(({ samples }) => samples), orientation.heldOut],
    notes: [...notesOf(config, candidates), ...curves.flatMap(leftOutNote)],
  }
  return parseOutput(resultsSchema, results, 'results.json')
}

function modelRecord(
  { name, group, checkpoint }: Candidate & { group: string },
  latency: LatencyResult,
): ModelRecord {
  const manifest = readManifest(checkpoint)
  const tokenizer = manifest.tokenizer as { type?: string }
  return {
    id: name,
    label: name,
    group,
    paradigm: manifest.paradigm,
    parameters: Object.values(manifest.parameterGroups).reduce((a, b) => a + b, 0),
    parameterGroups: manifest.parameterGroups,
    trainingTokens: manifest.tokens,
    trainingSeconds: manifest.seconds,
    trainingEngine: manifest.engine,
    dataset: `${manifest.dataset.name}/${manifest.dataset.view}`,
    tokenizer: tokenizer.type ?? 'unknown',
    checkpointSha256: manifest.files['model.safetensors'].sha256,
    loadMs: latency.models[name]?.loadMs ?? null,
    firstInferenceMs: latency.models[name]?.firstInferenceMs ?? null,
  }
}

const leftOutNote = ({ curve, leftOut }: ReadCurve): string[] =>
  leftOut === 0
    ? []
    : [`Training of ${curve.model}: ${leftOut} lines of metrics.jsonl hold no finite point and are left out.`]

function notesOf(config: ExperimentConfig, candidates: readonly Candidate[]): string[] {
  const { evaluation } = config
  const contexts = candidates.map((c) => ({ ...c, ...readManifest(c.checkpoint).backbone }))
  const lengths = [...new Set(contexts.map(({ context }) => context))].map(
    (length) =>
      `${length} tokens for ${contexts.flatMap(({ name, context }) => (context === length ? name : [])).join(', ')}`,
  )
  return [
    `Likelihood: ${evaluation.likelihoodRows} held-out rows as long as the context (${lengths.join('; ')}), the first characters of each without context; bounds from ${evaluation.likelihoodDraws} draws a row.`,
    `Quality: ${evaluation.samples} unconditional texts a point, none rejected, truncated or filtered; temperature ${evaluation.temperature}.`,
    `Latency: batch 1, ${evaluation.latencyRepeats} repeats, all points of all models interleaved in one process, after a warm-up of at most 6 runs a point.`,
    'Training losses of the three paradigms are different quantities; only the validation bits a character compare, with their bound types.',
  ]
}
