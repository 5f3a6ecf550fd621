/** @file results.json out of what the stages left: models, metrics, points, baselines, curves, samples, provenance. */
import { withTiming } from '@trivium/evaluation'
import { readManifest } from '@trivium/models/node'
import {
  type ExperimentConfig,
  type ModelRecord,
  parseOutput,
  type Results,
  resultsSchema,
  resultsSchemaVersion,
} from '@trivium/schema'
import { dataSha256, datasetLabel, type ExperimentData, loadData } from './data.ts'
import type { Candidate, ModelEvaluation } from './jobs/evaluate.ts'
import type { LatencyResult } from './jobs/latency.ts'
import { modelDirectory } from './model-directory.ts'
import type { Orientation } from './orientation.ts'
import { gatherProvenance } from './provenance.ts'
import { type ReadCurve, readTrainingCurve } from './training-curve.ts'

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

/** @throws RuntimeFailure when the result does not fit its schema, with the first key that does not */
export async function assembleResults(parts: Assembly): Promise<Results> {
  const { config, candidates, latency, argv, orientation } = parts
  const data = await loadData(config, config.models[0].paradigm)
  const curves = config.models.map(({ name }) =>
    readTrainingCurve(name, modelDirectory(parts.directory, name)),
  )
  const results: Results = {
    schemaVersion: resultsSchemaVersion,
    name: config.name,
    ...(config.description !== undefined && { description: config.description }),
    createdAt: new Date().toISOString(),
    wallSeconds: parts.wallSeconds,
    provenance: await gatherProvenance({
      seeds: [config.seed],
      datasetSha256: dataSha256(data),
      engine: {
        label: latency.engine,
        threads: latency.engineThreads,
        choice: latency.engineChoice,
      },
      argv,
    }),
    dataset: datasetRecord(data, config),
    models: candidates.map((candidate) => modelRecord(candidate, latency)),
    metrics: candidates.map(({ name, evaluation }) => ({ ...evaluation.bits, model: name })),
    nGramBits: orientation.nGramBits,
    points: candidates.flatMap(({ evaluation }) =>
      evaluation.points.map((point) => withTiming(point, latency.points[point.id])),
    ),
    baselines: orientation.baselines,
    training: curves.map(({ curve }) => curve),
    samples: [
      ...candidates.flatMap(({ evaluation }) => evaluation.samples),
      ...(orientation.heldOut === null ? [] : [orientation.heldOut]),
    ],
    notes: [...notesOf(config, candidates), ...curves.flatMap(leftOutNote)],
  }
  return parseOutput(resultsSchema, results, 'results.json')
}

function datasetRecord(data: ExperimentData, { evaluation }: ExperimentConfig): Results['dataset'] {
  if (data.kind === 'text') {
    const { name, view, train, test, heldOut } = data.dataset
    return { name, view, trainCharacters: train.length, testCharacters: test.length, heldOut }
  }
  const { examples } = data
  const tested = Math.min(evaluation.samples, examples.count('test'))
  const drawn = !Number.isFinite(examples.count('train'))
  return {
    name: examples.name,
    view: 'examples',
    // Of a task as many as training asks for.
    trainCharacters: drawn ? 0 : examples.count('train') * examples.length,
    testCharacters: tested * examples.length,
    heldOut: `${tested} problems whose ${drawn ? 'solutions' : 'conditions'} no training example has`,
  }
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
    dataset: datasetLabel(manifest.dataset, manifest.paradigm),
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
