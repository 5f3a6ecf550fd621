/** @file Scoring again what a run has written: no model writes a token, so a metric that has changed costs seconds. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { cutCharacters, type QualityReference, qualityMetrics } from '@trivium/evaluation'
import { readManifest } from '@trivium/models/node'
import { type ExperimentConfig, InputError, type Point } from '@trivium/schema'
import { tokenizerFromJSON } from '@trivium/tokenizer'
import { type CheckedConfig, checkExperiment } from './check.ts'
import { type CompareOutcome, compare } from './compare.ts'
import { type ExampleData, languageData } from './data.ts'
import { type Entrant, entrantsOf, type Run, trainingsOf } from './entrants.ts'
import { evaluationStage, latencyStage, oracleStages } from './evaluation-stages.ts'
import { comparedCharacters } from './held-out.ts'
import { loadAsked, type ModelEvaluation, referenceOf } from './jobs/evaluate.ts'
import { scoreRows } from './jobs/measure-point.ts'
import { isTrained, modelDirectory } from './model-directory.ts'
import { type ProblemOptions, problemSet } from './problems.ts'
import { readResults } from './results.ts'
import { readRunConfig } from './run-record.ts'
import { keep, readKept, type Stage } from './stage.ts'

export type RescoreOptions = {
  readonly argv: readonly string[]
  readonly signal?: AbortSignal
  readonly onModel?: (done: number, total: number, what: string) => void
}

/**
 * Scores every kept text and answer of a finished run anew and writes its results again. Likelihoods and times stay as they were
 * measured; controls and held-out text are measured again.
 * @throws InputError when the run is partial, not finished, or has kept no samples of a model
 */
export async function rescoreRun(directory: string, options: RescoreOptions): Promise<CompareOutcome> {
  const { argv, signal, onModel } = options
  const { results } = readResults(directory)
  if (results.partial !== undefined)
    throw new InputError(
      `${directory} is partial (${results.partial}); measure it whole with \`trivium compare\``,
    )
  const { config } = await checkExperiment(readRunConfig(directory))
  checkTrained(config, directory)
  const entrants = entrantsOf(config, directory)
  const stages = await stagesOf(config, entrants)
  for (const [i, { stage, score }] of stages.entries()) {
    onModel?.(i, stages.length, stage.name)
    if (signal?.aborted === true) return { finished: false }
    const kept = readKept(directory, stage)
    if (kept === null)
      throw new InputError(
        `${directory} has kept no samples of '${stage.name}' that this version reads; run \`trivium compare\` to write them`,
      )
    keep(directory, stage, await score(kept))
  }
  const timing = keepLatency(config, entrants, directory)
  rmSync(join(directory, 'evaluation', 'orientation.all.json'), { force: true })
  return compare({ config, directory, argv, timing }, { signal })
}

function checkTrained(config: ExperimentConfig, directory: string): void {
  const left = trainingsOf(config).filter(({ name }) => !isTrained(modelDirectory(directory, name)))
  if (left.length > 0)
    throw new InputError(
      `${directory} is not finished: ${left.map(({ name }) => name).join(', ')} must still be trained; run \`trivium compare\` first`,
    )
}

type Rescoring = {
  readonly stage: Stage<ModelEvaluation>
  readonly score: (kept: ModelEvaluation) => Promise<ModelEvaluation>
}

async function stagesOf(config: CheckedConfig, entrants: readonly Entrant[]): Promise<Rescoring[]> {
  const context = { engine: () => Promise.reject(new Error('nothing is written')) }
  const runs = entrants.flatMap((entrant) => entrant.runs)
  const checkpoints = runs.map(({ candidate }) => candidate.checkpoint)
  const characters = await comparedCharacters(checkpoints, config)
  const references = new Map<string, QualityReference>()
  const models = runs.map(
    (run): Rescoring => ({
      stage: evaluationStage(run, config, characters, context),
      score: (kept) => rescored(kept, run, config, { characters, references }),
    }),
  )
  const { dataset } = config
  if (dataset.type !== 'language') return models
  const data = languageData(dataset)
  const oracle = oracleStages(config, dataset).map(
    (stage): Rescoring => ({ stage, score: async (kept) => withScores(kept, data, config.evaluation) }),
  )
  return [...models, ...oracle]
}

type TextContext = { readonly characters: number | null; readonly references: Map<string, QualityReference> }

async function rescored(
  kept: ModelEvaluation,
  { candidate, seed }: Run,
  { evaluation }: CheckedConfig,
  { characters, references }: TextContext,
): Promise<ModelEvaluation> {
  const { checkpoint } = candidate
  const manifest = readManifest(checkpoint)
  const tokenizer = tokenizerFromJSON(manifest.tokenizer, `${checkpoint}/manifest.json: the tokenizer`)
  const data = await loadAsked(candidate, manifest, tokenizer)
  if (data.kind === 'examples') return withScores(kept, data, evaluation)
  const key = `${data.dataset.sha256} ${seed}`
  const reference = references.get(key) ?? referenceOf(data.dataset, evaluation, seed)
  references.set(key, reference)
  const points = kept.points.map((point): Point => {
    const texts = kept.samples.find((sample) => sample.point === point.id)?.texts ?? []
    // A point without quality had too little text to compare.
    if (point.quality.length === 0 || characters === null || texts.length === 0) return point
    const cut = texts.map((text) => cutCharacters(text, characters))
    return { ...point, quality: qualityMetrics(cut, reference) }
  })
  return { ...kept, points }
}

/** Answers, or rows of a language, scored by their verifier or the truth. */
function withScores(kept: ModelEvaluation, data: ExampleData, options: ProblemOptions): ModelEvaluation {
  const notes: string[] = []
  const points = kept.points.map((point): Point => {
    const written = kept.written.find((rows) => rows.point === point.id)
    if (written === undefined) return point
    const rows = written.rows.map((row) => Int32Array.from(row))
    const scored = scoreRows(
      { rows, forwards: written.forwards },
      data,
      problemSet(data, rows.length, options),
    )
    notes.push(...scored.notes.map((note) => `${point.id}: ${note}`))
    return { ...point, quality: scored.quality }
  })
  return { ...kept, points, notes }
}

/** Times are found again under the key of now. @returns whether the run was timed */
function keepLatency(config: CheckedConfig, entrants: readonly Entrant[], directory: string): boolean {
  const candidates = entrants.map((entrant) => entrant.runs[0].candidate)
  const stage = latencyStage(candidates, config, {
    engine: () => Promise.reject(new Error('nothing is timed')),
  })
  const kept = readKept(directory, stage)
  if (kept !== null) keep(directory, stage, kept)
  return kept !== null
}
