/** @file Tuning finished models alike: the same number of trials each on validation data, the best one frozen. */
import { type EngineChoice, startEngine } from '@trivium/engine/node'
import { buildReference, runSweep, sweepPoint, trialsOf } from '@trivium/evaluation'
import { openModel, readManifest } from '@trivium/models/node'
import {
  type EvaluationConfig,
  InputError,
  type MetricName,
  metricTable,
  type Paradigm,
  type Point,
  type SamplerConfig,
} from '@trivium/schema'
import { type ExperimentData, loadTrainedOn } from './data.ts'
import { charactersOf } from './held-out.ts'
import { measurePoint } from './jobs/measure-point.ts'
import { problemSet } from './problems.ts'

export type TuningOptions = {
  readonly checkpoints: readonly string[]
  readonly engine: EngineChoice
  /** Of every model. */
  readonly trials: number
  /** S of the samplers that have steps. */
  readonly steps: number
  /** Texts, or answers, of a trial. */
  readonly samples: number
  readonly seed: number
  readonly signal?: AbortSignal
  readonly onTrial?: (done: number, total: number, what: string) => void
}

export type Trial = {
  readonly sampler: SamplerConfig
  readonly value: number
  readonly ci95: readonly [number, number] | null
  readonly nfe: number
}
export type TunedModel = {
  readonly checkpoint: string
  readonly paradigm: Paradigm
  /** The best trial's, to be tested once. */
  readonly sampler: SamplerConfig
  readonly trials: readonly Trial[]
}
export type Tuning = { readonly metric: MetricName; readonly models: readonly TunedModel[] }

/** A repetition does not win it, as it does a judge's likelihood. */
const ofTexts: MetricName = 'js-4'
const ofAnswers: MetricName = 'accuracy'
/** Cold texts are nobody's aim; an answer may be the likeliest. */
const lowestTemperature = { text: 0.5, examples: 0 } as const

/**
 * Texts are held against the validation split by their 4-grams, answers by their verifier. Ties keep the earlier trial.
 * @throws InputError when the models were trained on different data, or on a language, whose truth needs no validation;
 * Stopped when `signal` fired
 */
export async function tune(options: TuningOptions): Promise<Tuning> {
  const { checkpoints, engine, trials } = options
  refuseOtherData(checkpoints)
  await startEngine(engine)
  const models: TunedModel[] = []
  let metric: MetricName = ofTexts
  for (const [m, checkpoint] of checkpoints.entries()) {
    const points = await trialPoints(checkpoint, options, (done, what) =>
      options.onTrial?.(m * trials + done, checkpoints.length * trials, what),
    )
    metric = points.metric
    models.push(best(checkpoint, points.points, metric))
  }
  return { metric, models }
}

function refuseOtherData(checkpoints: readonly string[]): void {
  const manifests = checkpoints.map((checkpoint) => readManifest(checkpoint))
  const language = manifests.findIndex(({ dataset }) => dataset.type === 'language')
  if (language >= 0)
    throw new InputError(
      `${checkpoints[language]} was trained on a language, whose truth is known; compare measures every sampler against it`,
    )
  const nameOf = (m: number): string => JSON.stringify(manifests[m].dataset)
  const other = manifests.findIndex((_, m) => nameOf(m) !== nameOf(0))
  if (other > 0)
    throw new InputError(
      `${checkpoints[other]} was trained on other data (${nameOf(other)}) than ${checkpoints[0]} (${nameOf(0)}); tune models of one dataset together`,
    )
}

type Progress = (done: number, what: string) => void

async function trialPoints(
  checkpoint: string,
  options: TuningOptions,
  onTrial: Progress,
): Promise<{ metric: MetricName; points: Point[] }> {
  const { trials, steps } = options
  const opened = openModel(checkpoint)
  const { manifest, tokenizer } = opened
  const data: ExperimentData = await loadTrainedOn(checkpoint, manifest, tokenizer)
  const lowest = lowestTemperature[data.kind]
  const samplers = trialsOf(manifest.entry, { trials, steps, lowest }).map(sweepPoint)
  try {
    const points =
      data.kind === 'text'
        ? await ofText(opened, data, samplers, options, onTrial)
        : await ofProblems(opened, data, samplers, options, onTrial)
    return { metric: data.kind === 'text' ? ofTexts : ofAnswers, points }
  } finally {
    opened.model.dispose()
  }
}

type Opened = ReturnType<typeof openModel>
type Points = readonly ReturnType<typeof sweepPoint>[]

async function ofText(
  { model, manifest, tokenizer }: Opened,
  { dataset }: Extract<ExperimentData, { kind: 'text' }>,
  points: Points,
  { samples, seed, signal }: TuningOptions,
  onTrial: Progress,
): Promise<Point[]> {
  const length = manifest.backbone.context
  const judge: Pick<EvaluationConfig, 'judgeOrder'> = { judgeOrder: 4 }
  const sweep = await runSweep({
    models: [{ id: manifest.name, model, points }],
    tokenizer,
    reference: buildReference({ train: dataset.train, heldOut: dataset.validation, ...judge, seed }),
    samples,
    length,
    characters: charactersOf(dataset, tokenizer, length),
    seed,
    traces: () => false,
    signal,
    onPoint: (done, _, what) => onTrial(done, what),
  })
  return sweep.points
}

async function ofProblems(
  { model, manifest, tokenizer }: Opened,
  data: Extract<ExperimentData, { kind: 'examples' }>,
  points: Points,
  { samples, seed, signal }: TuningOptions,
  onTrial: Progress,
): Promise<Point[]> {
  const problems = problemSet(data, samples, { split: 'validation' })
  const weights = manifest.files['model.safetensors'].sha256
  const writer = { name: manifest.name, model, tokenizer, weights }
  const out: Point[] = []
  for (const [i, point] of points.entries()) {
    const { point: measured } = await measurePoint(writer, point, data, problems, {
      seed,
      batchSize: 16,
      signal,
    })
    out.push(measured)
    onTrial(i + 1, measured.id)
  }
  return out
}

function best(checkpoint: string, points: readonly Point[], metric: MetricName): TunedModel {
  const trials = points.map(({ id, sampler, nfe, quality }): Trial => {
    const found = quality.find(({ name }) => name === metric)
    if (found === undefined)
      throw new InputError(
        `${id} has no ${metricTable[metric].short}: its texts are too short to be measured`,
      )
    return { sampler, value: found.value, ci95: found.ci95, nfe }
  })
  const sign = metricTable[metric].better === 'higher' ? -1 : 1
  const [first] = trials.toSorted((a, b) => sign * (a.value - b.value))
  return { checkpoint, paradigm: readManifest(checkpoint).paradigm, sampler: first.sampler, trials }
}
