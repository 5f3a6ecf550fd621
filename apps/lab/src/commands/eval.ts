/** @file `eval`: the metrics of one checkpoint, or of what a run has written. */
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { EngineChoice } from '@trivium/engine/node'
import type { EvaluationHooks, LatencyResult, ModelEvaluation } from '@trivium/experiments'
import {
  type EngineName,
  type EvaluationConfig,
  InputError,
  type Metric,
  type MetricName,
  metricTable,
  type Point,
  Stopped,
} from '@trivium/schema'
import {
  type CommandContext,
  engineOption,
  include,
  includeOption,
  jobsOption,
  needed,
  positiveInteger,
  type Register,
  seedNumber,
  threadsOption,
} from '../context.ts'
import { checkpoints } from '../place.ts'
import { suiteNames, suiteOf } from '../suites.ts'
import { examples, table } from '../text.ts'

type EvalOptions = {
  checkpoint?: string
  suite: string
  data?: string
  limit?: number
  latency: boolean
  rescore?: string
  include?: string[]
  engine: EngineName | 'auto'
  threads?: number
  seed: number
  jobs?: number
  json?: true
}

export const register: Register = (command, context) => {
  command
    .option('--checkpoint <folder>', 'the model')
    .option(
      '--suite <name>',
      `${suiteNames.join(', ')}; or an experiment file, whose evaluation block is taken`,
      'smoke',
    )
    .option('--data <file>', "a text, or JSONL examples, in the place of the model's own test split")
    .option(
      '--limit <number>',
      'at most so many texts, answers and scored rows; the result says that it is partial',
      positiveInteger,
    )
    .option('--no-latency', 'time nothing')
    .option('--rescore <run>', 'score what a run has written again, without writing it again')
    .addOption(includeOption())
    .option('--seed <number>', 'of the draws', seedNumber, 1)
    .addOption(jobsOption())
    .option('--json', 'print every metric with its interval, and where it comes from, as JSON')
    .addOption(engineOption().default('auto'))
    .addOption(threadsOption())
    .addHelpText(
      'after',
      examples(
        [`eval --checkpoint ${checkpoints}/sotu-masked`, 'a first look'],
        [
          `eval --checkpoint ${checkpoints}/sotu-ar --suite full --json > ar.json`,
          'everything, for a script',
        ],
        [`eval --checkpoint ${checkpoints}/sotu-ar --data notes.txt --no-latency`, 'on a text of your own'],
        ['eval --rescore runs/demo/20260131T120000Z-0a1b2c3d', 'after a metric has changed'],
      ),
    )
    .action(async (options: EvalOptions) => run(options, context()))
}

async function run(options: EvalOptions, context: CommandContext): Promise<void> {
  await include(options.include)
  if (options.rescore !== undefined) return rescore(options.rescore, options, context)
  const checkpoint = needed(options.checkpoint, '--checkpoint', `${checkpoints}/sotu-ar`)
  const whole = await suiteOf(options.suite)
  const { engineOfCheckpoint, limited } = await import('@trivium/experiments')
  const cut = limited(whole, options.limit)
  const evaluation = cut?.evaluation ?? whole
  const engine = await engineOfCheckpoint(checkpoint, { ...options, use: 'sampling' }, context.progress.log)
  const measured = await measure({ checkpoint, evaluation, engine }, options, context)
  context.progress.settle()
  await (options.json === true
    ? printJson(measured, { checkpoint, partial: cut?.partial }, options, context)
    : printText(measured, evaluation, cut?.partial, context))
}

type Subject = {
  readonly checkpoint: string
  readonly evaluation: EvaluationConfig
  readonly engine: EngineChoice
}
type Measured = {
  readonly quality: ModelEvaluation
  readonly points: Point[]
  /** null where nothing was timed. */
  readonly latency: LatencyResult | null
  readonly engine: EngineChoice
}

/** @throws Stopped */
async function measure(
  { checkpoint, evaluation, engine }: Subject,
  { seed, data, latency: timing, jobs = availableParallelism() }: EvalOptions,
  { signal, progress }: CommandContext,
): Promise<Measured> {
  const { inWorkers, runSplitEvaluation } = await import('@trivium/experiments')
  const { withTiming } = await import('@trivium/evaluation')
  const candidate = { name: 'model', checkpoint }
  const hooks = (task: string): EvaluationHooks => ({
    signal,
    onProgress: (update) => progress.update(task, update),
  })
  const job = { candidate, evaluation, engine, seed, ...(data !== undefined && { data }) }
  const quality = await runSplitEvaluation(job, jobs, hooks('evaluation'))
  if (quality === null) throw new Stopped()
  if (!timing) return { quality, points: quality.points, latency: null, engine }
  const input = { candidates: [candidate], evaluation, engine, seed }
  const [latency] = await inWorkers(
    [(run, stop) => run({ kind: 'latency', name: 'latency', input }, { ...hooks('latency'), signal: stop })],
    { jobs: 1, signal },
  )
  if (latency === null) throw new Stopped()
  const points = quality.points.map((point) => withTiming(point, latency.points[point.id]))
  return { quality, points, latency, engine }
}

async function printJson(
  { quality, points, latency, engine }: Measured,
  { checkpoint, partial }: { readonly checkpoint: string; readonly partial?: string },
  { suite, seed, data }: EvalOptions,
  { print, argv }: CommandContext,
): Promise<void> {
  const { gatherProvenance } = await import('@trivium/experiments')
  const { readManifest } = await import('@trivium/models/node')
  const provenance = await gatherProvenance({
    seeds: [seed],
    datasetSha256: readManifest(checkpoint).datasetSha256,
    engine: {
      label: latency?.engine ?? engine.name,
      threads: latency?.engineThreads ?? engine.threads,
      choice: latency?.engineChoice,
    },
    argv,
  })
  const { likelihoods, notes } = quality
  const load = latency?.models.model ?? null
  const about = {
    checkpoint,
    suite,
    ...(data !== undefined && { data }),
    ...(partial !== undefined && { partial }),
  }
  print(JSON.stringify({ ...about, likelihoods, points, notes, load, provenance }))
}

async function printText(
  { quality, points }: Measured,
  evaluation: EvaluationConfig,
  partial: string | undefined,
  { print, progress }: CommandContext,
): Promise<void> {
  for (const metric of quality.likelihoods) print(modelLine(metric))
  for (const line of table(pointRows(points))) print(line)
  for (const note of quality.notes) progress.log(note)
  if (partial !== undefined) progress.log(`partial: ${partial}`)
  progress.log(
    `n = ${evaluation.samples} texts or answers a point at most; [ ] are 95% intervals; --json gives every metric with its own`,
  )
}

async function rescore(
  directory: string,
  { json }: EvalOptions,
  { print, progress, argv, signal }: CommandContext,
): Promise<void> {
  const { rescoreRun } = await import('@trivium/experiments')
  const { claimRun, readResults } = await import('@trivium/experiments/run')
  // Where no run is, none is begun.
  readResults(directory)
  if (!existsSync(join(directory, 'results.json')))
    throw new InputError(`--rescore ${directory} is a file; name the run whose samples it was made of`)
  const onModel = (done: number, total: number, what: string): void =>
    progress.update('scores', { done, total, what })
  const outcome = await claimRun(directory, () => rescoreRun(directory, { argv, signal, onModel }), {
    signal,
  })
  progress.settle()
  if (!outcome.finished) throw new Stopped()
  const results = join(directory, 'results.json')
  print(json === true ? JSON.stringify({ directory, results }) : results)
}

/** A likelihood with its kind, or what else is known of a model whatever its sampler. */
function modelLine({ name, value, ci95, n, boundType, draws, items }: Metric): string {
  const interval = ci95 === null ? '' : ` ${intervalText(ci95, 3)}`
  const head = `${metricTable[name].short}: ${value.toFixed(3)}${interval}`
  if (boundType === null) return `${head}, n = ${n}`
  const kind = boundType === 'exact' ? 'exact' : `upper bound, ${boundType}, ${draws ?? 1} draws a row`
  const units = items === undefined ? '' : ` in ${items.values[0].length} ${items.unit}`
  return `${head}, ${kind}, n = ${n} rows${units}`
}

const intervalText = ([low, high]: readonly [number, number], digits: number): string =>
  `[${low.toFixed(digits)}, ${high.toFixed(digits)}]`

/** The metrics that a first look needs, of texts, of answers and of rows of a language. */
const shown: readonly MetricName[] = [
  'judge-bits',
  'entropy',
  'js-4',
  'word-validity',
  'accuracy',
  'tokens-per-forward',
  'repair-rate',
  'breaks-per-error',
  'false-edit-rate',
  'nfe-difficulty',
  'judge-gap',
  'transition-kl',
  'oracle-gap',
  'sequence-errors',
]

/** Columns without a value in any row are left out. */
function pointRows(points: readonly Point[]): string[][] {
  const metricOf = ({ quality }: Point, name: MetricName): Metric | undefined =>
    quality.find((metric) => metric.name === name)
  const names = shown.filter((name) => points.some((point) => metricOf(point, name) !== undefined))
  const batches = [...new Set(points.flatMap(({ latency }) => latency.map(({ batch }) => batch)))]
  const rows = points.map((point) => [
    point.samplerLabel,
    point.setting,
    point.nfe.toFixed(1),
    ...batches.map((batch) => point.latency.find((l) => l.batch === batch)?.p50.toFixed(0) ?? ''),
    ...names.map((name) => valueText(metricOf(point, name))),
  ])
  const times = batches.map((batch) => (batch === 1 ? 'ms a text' : `ms for ${batch}`))
  return [['sampler', 'setting', 'NFE', ...times, ...names], ...rows]
}

/** A value with its 95% interval. */
function valueText(metric: Metric | undefined): string {
  if (metric === undefined) return ''
  const { value, ci95 } = metric
  return ci95 === null ? value.toFixed(2) : `${value.toFixed(2)} ${intervalText(ci95, 2)}`
}
