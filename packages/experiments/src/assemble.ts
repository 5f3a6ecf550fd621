/** @file results.json out of what the stages left: models, metrics, points, baselines, curves, samples, provenance. */
import { countCharacters, poolPoints, poolSeeds, withTiming } from '@trivium/evaluation'
import { readManifest } from '@trivium/models/node'
import {
  type ExperimentConfig,
  type ModelRecord,
  numbersVersion,
  oracleName,
  parseOutput,
  type Results,
  resultsSchema,
  resultsSchemaVersion,
} from '@trivium/schema'
import { dataSha256, datasetLabel, type ExperimentData, loadData, paradigmOf } from './data.ts'
import { breakEvensOf, derivedNotes, parallelismOf } from './derived.ts'
import { type Entrant, runName, seedsOf } from './entrants.ts'
import { identityNotes } from './identity-notes.ts'
import type { ModelEvaluation } from './jobs/evaluate.ts'
import type { LatencyResult } from './jobs/latency.ts'
import { tokensBehind } from './kept-models.ts'
import { matchedTimeNotes, matchedTimes } from './matched-times.ts'
import { modelDirectory } from './model-directory.ts'
import { notesOf } from './notes.ts'
import type { Orientation } from './orientation.ts'
import { gatherProvenance } from './provenance.ts'
import { sealed } from './results.ts'
import { textReferenceNotes } from './text-reference.ts'
import { type ReadCurve, readTrainingCurve } from './training-curve.ts'

export type Assembly = {
  readonly config: ExperimentConfig
  /** The run directory. */
  readonly directory: string
  readonly argv: readonly string[]
  readonly entrants: readonly Evaluated[]
  /** Characters of a text that were measured; null where no free text was drawn. */
  readonly characters: number | null
  /** One for each sampler of the exact denoiser. */
  readonly oracle: readonly ModelEvaluation[]
  /** Why this is not all that was to be measured. */
  readonly partial?: string
  /** null where no network was timed. */
  readonly latency: LatencyResult | null
  readonly orientation: Orientation
  /** Of the run over all its sittings, s. */
  readonly wallSeconds: number
}
/** `evaluations`: one for each run. */
type Evaluated = Entrant & { readonly evaluations: readonly ModelEvaluation[] }

/** @throws RuntimeFailure when the result does not fit its schema, with the first key that does not */
export async function assembleResults(parts: Assembly): Promise<Results> {
  const { config, entrants, latency, argv, orientation, oracle } = parts
  const data = await loadData(config, paradigmOf(config))
  const seeds = seedsOf(config)
  const curves = config.models.map(({ name }) =>
    readTrainingCurve(name, modelDirectory(parts.directory, runName(name, seeds[0], seeds))),
  )
  const pooled = entrants.map(({ name, evaluations }) => ({ name, ...poolEvaluations(evaluations) }))
  const models = [
    ...entrants.map((entrant) => modelRecord(entrant, latency)),
    ...(oracle.length > 0 ? [oracleRecord(data, config)] : []),
  ]
  const points = [...pooled, ...oracle].flatMap((one) =>
    one.points.map((point) => withTiming(point, latency?.points[point.id])),
  )
  const parallelism = parallelismOf(points)
  const breakEven = breakEvensOf(models, points)
  const manifests = entrants.map(({ name, runs }) => ({
    name,
    manifest: readManifest(runs[0].candidate.checkpoint),
  }))
  const results: Results = {
    schemaVersion: resultsSchemaVersion,
    name: config.name,
    ...(config.description !== undefined && { description: config.description }),
    evaluationVersion: numbersVersion.evaluation,
    ...(parts.partial !== undefined && { partial: parts.partial }),
    createdAt: new Date().toISOString(),
    wallSeconds: parts.wallSeconds,
    provenance: await gatherProvenance({
      seeds: [...seeds],
      datasetSha256: dataSha256(data),
      engine: {
        label: latency?.engine ?? engineOf(entrants) ?? 'none',
        threads: latency?.engineThreads ?? null,
        choice: latency?.engineChoice,
      },
      argv,
    }),
    dataset: datasetRecord(data, config),
    models,
    metrics: pooled.flatMap(({ name, likelihoods }) =>
      likelihoods.map((metric) => ({ ...metric, model: name })),
    ),
    nGramBits: orientation.nGramBits,
    points,
    baselines: orientation.baselines,
    ...(parallelism.length > 0 && { parallelism }),
    ...(breakEven.length > 0 && { breakEven }),
    training: curves.map(({ curve }) => curve),
    samples: [
      ...[...pooled, ...oracle].flatMap(({ samples }) => samples),
      ...(orientation.heldOut === null ? [] : [orientation.heldOut]),
    ],
    notes: [
      ...(parts.partial === undefined
        ? []
        : [`Partial (${parts.partial}): it draws a report and gates nothing.`]),
      ...notesOf(parts),
      ...derivedNotes(parallelism, breakEven),
      ...matchedTimeNotes(matchedTimes(models, points)),
      ...textReferenceNotes(config.dataset, manifests),
      ...identityNotes(manifests),
      ...pooled.flatMap(({ notes }) => notes),
      ...curves.flatMap(leftOutNote),
    ],
  }
  return sealed(parseOutput(resultsSchema, results, 'results.json'))
}

/** Of what was not timed: where its first model was trained. */
const engineOf = (entrants: readonly Entrant[]): string | undefined =>
  entrants.length === 0 ? undefined : readManifest(entrants[0].runs[0].candidate.checkpoint).engine

function datasetRecord(data: ExperimentData, { evaluation }: ExperimentConfig): Results['dataset'] {
  if (data.kind === 'text') {
    const { name, view, train, test, heldOut } = data.dataset
    return {
      name,
      view,
      trainCharacters: countCharacters(train),
      testCharacters: countCharacters(test),
      heldOut,
    }
  }
  const { examples } = data
  const tested = Math.min(evaluation.samples, examples.count('test'))
  if (data.language !== null)
    return {
      name: examples.name,
      view: 'language',
      trainCharacters: 0,
      testCharacters: tested * examples.length,
      heldOut: `${tested} rows of the language itself, entropy rate ${data.language.entropyRate(examples.length).toFixed(4)} nats a token`,
    }
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

/** Seeds differ in their weights alone: what is told of a model is of its first run. */
function modelRecord({ name, group, runs }: Entrant, latency: LatencyResult | null): ModelRecord {
  const manifest = readManifest(runs[0].candidate.checkpoint)
  const tokenizer = manifest.tokenizer as { type?: string }
  return {
    id: name,
    label: name,
    group,
    paradigm: manifest.paradigm,
    parameters: Object.values(manifest.parameterGroups).reduce((a, b) => a + b, 0),
    parameterGroups: manifest.parameterGroups,
    trainingTokens: tokensBehind(manifest),
    trainingSeconds: manifest.seconds,
    trainingEngine: manifest.engine,
    dataset: datasetLabel(manifest.dataset, manifest.paradigm),
    tokenizer: tokenizer.type ?? 'unknown',
    checkpointSha256: manifest.files['model.safetensors'].sha256,
    loadMs: latency?.models[name]?.loadMs ?? null,
    firstInferenceMs: latency?.models[name]?.firstInferenceMs ?? null,
  }
}

/** The exact denoiser of a language: nothing was trained. */
function oracleRecord(data: ExperimentData, { dataset }: ExperimentConfig): ModelRecord {
  const paradigm = 'masked-diffusion'
  return {
    id: oracleName,
    label: 'exact denoiser',
    group: oracleName,
    paradigm,
    parameters: 0,
    parameterGroups: {},
    trainingTokens: 0,
    trainingSeconds: null,
    trainingEngine: 'none',
    dataset: datasetLabel(dataset, paradigm),
    tokenizer: data.tokenizer.type,
    checkpointSha256: dataSha256(data),
    loadMs: null,
    firstInferenceMs: null,
  }
}

const leftOutNote = ({ curve, leftOut }: ReadCurve): string[] =>
  leftOut === 0
    ? []
    : [`Training of ${curve.model}: ${leftOut} lines of metrics.jsonl hold no finite point and are left out.`]

function poolEvaluations(evaluations: readonly ModelEvaluation[]): ModelEvaluation {
  const [first] = evaluations
  return {
    likelihoods: first.likelihoods.map((_, i) => poolSeeds(evaluations.map((one) => one.likelihoods[i]))),
    points: first.points.map((_, i) => poolPoints(evaluations.map(({ points }) => points[i]))),
    samples: first.samples,
    written: first.written,
    notes: evaluations.flatMap(({ notes }) => notes),
  }
}
