/** @file results.json out of what the stages left: models, metrics, points, baselines, curves, samples, provenance. */
import { existsSync, readFileSync } from 'node:fs'
import { loadDataset } from '@trivium/corpus/node'
import { withTiming } from '@trivium/evaluation'
import { readJsonLines } from '@trivium/files'
import { readManifest } from '@trivium/models/node'
import {
  type ExperimentConfig,
  type ModelRecord,
  type Results,
  resultsSchema,
  resultsSchemaVersion,
  type TrainingCurve,
} from '@trivium/schema'
import type { TrainingProgress } from '@trivium/training'
import type { Candidate, ModelEvaluation } from './jobs/evaluate.ts'
import type { LatencyResult } from './jobs/latency.ts'
import { metricsFile, modelDirectory } from './model-directory.ts'
import type { Orientation } from './orientation.ts'
import { gatherProvenance } from './provenance.ts'

export type Assembly = {
  readonly config: ExperimentConfig
  /** The run directory. */
  readonly directory: string
  readonly argv: readonly string[]
  readonly candidates: readonly EvaluatedCandidate[]
  readonly latency: LatencyResult
  readonly orientation: Orientation
  /** Of the run over all its sittings, s. */
  readonly wallSeconds: number
}
type EvaluatedCandidate = Candidate & { readonly group: string; readonly evaluation: ModelEvaluation }

/** @throws Error when the result does not fit its schema: a bug, never the user's. */
export async function assembleResults(parts: Assembly): Promise<Results> {
  const { config, candidates, latency, argv, orientation } = parts
  const dataset = await loadDataset(config.dataset)
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
    metrics: candidates.map(({ name, evaluation }) => ({ ...evaluation.bits, model: name })),
    nGramBits: orientation.nGramBits,
    points: candidates.flatMap(({ evaluation }) =>
      evaluation.points.map((point) => withTiming(point, latency.points[point.id])),
    ),
    baselines: orientation.baselines,
    training: config.models.map(({ name }) => trainingCurve(name, modelDirectory(parts.directory, name))),
    samples: [...candidates.flatMap(({ evaluation }) => evaluation.samples), orientation.heldOut],
    notes: notesOf(config, candidates),
  }
  return resultsSchema.parse(results)
}

function modelRecord({ name, group, checkpoint }: EvaluatedCandidate, latency: LatencyResult): ModelRecord {
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
function trainingCurve(model: string, directory: string): TrainingCurve {
  const path = metricsFile(directory)
  const byStep = new Map<number, TrainingProgress>()
  if (existsSync(path))
    for (const line of readJsonLines<TrainingProgress>(readFileSync(path, 'utf8')))
      byStep.set(line.step, line)
  const points = [...byStep.values()].sort((a, b) => a.step - b.step)
  return {
    model,
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
