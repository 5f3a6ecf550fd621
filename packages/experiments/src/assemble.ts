/** @file results.json out of what the stages left: models, metrics, points, baselines, curves, samples, provenance. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadDataset } from '@trivium/corpus/node'
import { controlBaselines, heldOutTexts, nGramBits, withTiming } from '@trivium/evaluation'
import { readJsonLines } from '@trivium/files'
import { readManifest } from '@trivium/models/node'
import {
  type Baseline,
  type ExperimentConfig,
  type ModelEntry,
  type ModelRecord,
  type Results,
  resultsSchema,
  resultsSchemaVersion,
  type SampleRecord,
  type TrainingCurve,
} from '@trivium/schema'
import type { TrainingProgress } from '@trivium/training'
import { type Candidate, type ModelEvaluation, referenceOf } from './evaluation-job.ts'
import type { LatencyResult } from './latency-job.ts'
import { gatherProvenance } from './provenance.ts'

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

/** @throws Error when the result does not fit its schema: a bug, never the user's. */
export async function assembleResults(parts: Assembly): Promise<Results> {
  const { config, candidates, evaluations, latency, argv, orientation } = parts
  const dataset = await loadDataset(config.dataset)
  const all = candidates.map(({ name }) => ({ name, ...(evaluations.get(name) as ModelEvaluation) }))
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
    training: config.models.map((entry) => trainingCurve(entry, parts.modelDirectory(entry))),
    samples: [...all.flatMap(({ samples }) => samples), orientation.heldOut],
    notes: notesOf(config, candidates),
  }
  return resultsSchema.parse(results)
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

/** The last line of each step: a resumed run writes the steps after its checkpoint again. */
function trainingCurve(entry: ModelEntry, directory: string): TrainingCurve {
  const path = join(directory, 'metrics.jsonl')
  const byStep = new Map<number, TrainingProgress>()
  if (existsSync(path))
    for (const line of readJsonLines<TrainingProgress>(readFileSync(path, 'utf8')))
      byStep.set(line.step, line)
  const points = [...byStep.values()].sort((a, b) => a.step - b.step)
  return {
    model: entry.name,
    points: points.map(({ step, tokens, seconds, loss, validation }) => ({
      step,
      tokens,
      seconds,
      loss,
      validation,
    })),
  }
}

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
