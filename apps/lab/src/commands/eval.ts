/** @file `eval`: the metrics of one checkpoint. */
import { availableParallelism } from 'node:os'
import type { EvaluationHooks } from '@trivium/experiments'
import {
  type EngineName,
  type EvaluationConfig,
  evaluationConfigSchema,
  type Metric,
  type MetricName,
  metricTable,
  type Point,
  Stopped,
} from '@trivium/schema'
import { Option } from 'commander'
import {
  type CommandContext,
  engineOption,
  jobsOption,
  needed,
  type Register,
  seedNumber,
  threadsOption,
} from '../context.ts'
import { checkpoints } from '../place.ts'
import { examples, table } from '../text.ts'

/** What is measured, and with how many draws. */
const suites: Readonly<Record<'quick' | 'full', EvaluationConfig>> = {
  quick: evaluationConfigSchema.parse({
    steps: [8, 32],
    samples: 8,
    likelihoodRows: 16,
    likelihoodDraws: 8,
    latencyRepeats: 2,
  }),
  full: evaluationConfigSchema.parse({}),
}
type EvalOptions = {
  checkpoint?: string
  suite: keyof typeof suites
  engine: EngineName | 'auto'
  threads?: number
  seed: number
  jobs?: number
  json?: true
}

export const register: Register = (command, context) => {
  command
    .option('--checkpoint <folder>', 'the model')
    .addOption(
      new Option('--suite <name>', 'quick: a first look; full: the numbers of a report')
        .choices(Object.keys(suites))
        .default('quick'),
    )
    .option('--seed <number>', 'of the draws', seedNumber, 1)
    .addOption(jobsOption())
    .option('--json', 'print every metric with its interval as JSON')
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
      ),
    )
    .action(async (options: EvalOptions) => run(options, context()))
}

async function run(options: EvalOptions, context: CommandContext): Promise<void> {
  const { print, progress } = context
  const { suite, seed, jobs = availableParallelism() } = options
  const checkpoint = needed(options.checkpoint, '--checkpoint', `${checkpoints}/sotu-ar`)
  const { engineOfCheckpoint, inWorkers, runSplitEvaluation } = await import('@trivium/experiments')
  const { withTiming } = await import('@trivium/evaluation')
  const evaluation = suites[suite]
  const engine = await engineOfCheckpoint(checkpoint, { ...options, use: 'sampling' }, progress.log)
  const candidate = { name: 'model', checkpoint }
  const { signal } = context
  const hooks = (task: string): EvaluationHooks => ({
    signal,
    onProgress: (update) => progress.update(task, update),
  })
  const quality = await runSplitEvaluation({ candidate, evaluation, engine, seed }, jobs, hooks('evaluation'))
  if (quality === null) throw new Stopped()
  const input = { candidates: [candidate], evaluation, engine, seed }
  const [latency] = await inWorkers(
    [(run, stop) => run({ kind: 'latency', name: 'latency', input }, { ...hooks('latency'), signal: stop })],
    { jobs: 1, signal },
  )
  progress.settle()
  if (latency === null) throw new Stopped()
  const points = quality.points.map((point) => withTiming(point, latency.points[point.id]))
  if (options.json === true) {
    const { likelihoods, notes } = quality
    print(JSON.stringify({ checkpoint, suite, likelihoods, points, notes, load: latency.models.model }))
    return
  }
  for (const metric of quality.likelihoods) print(bitsLine(metric))
  for (const line of table(pointRows(points))) print(line)
  for (const note of quality.notes) progress.log(note)
  progress.log(
    `n = ${evaluation.samples} texts a point; [ ] are 95% intervals; --json gives every metric with its own`,
  )
}

function bitsLine({ name, value, ci95, n, boundType, draws, items }: Metric): string {
  const interval = ci95 === null ? '' : ` ${intervalText(ci95, 3)}`
  const kind = boundType === 'exact' ? 'exact' : `upper bound, ${boundType}, ${draws ?? 1} draws a row`
  const units = items === undefined ? '' : ` in ${items.values[0].length} ${items.unit}`
  return `${metricTable[name].short}: ${value.toFixed(3)}${interval}, ${kind}, n = ${n} rows${units}`
}

const intervalText = ([low, high]: readonly [number, number], digits: number): string =>
  `[${low.toFixed(digits)}, ${high.toFixed(digits)}]`

/** The metrics that a first look needs. */
const shown: readonly MetricName[] = ['judge-bits', 'entropy', 'js-4', 'word-validity']

function pointRows(points: readonly Point[]): string[][] {
  const rows = points.map(({ samplerLabel, setting, nfe, quality, latency }) => [
    samplerLabel,
    setting,
    nfe.toFixed(1),
    latency[0]?.p50.toFixed(0) ?? '',
    ...shown.map((name) => valueText(quality.find((metric) => metric.name === name))),
  ])
  return [['sampler', 'setting', 'NFE', 'ms a text', ...shown], ...rows]
}

/** A value with its 95% interval. */
function valueText(metric: Metric | undefined): string {
  if (metric === undefined) return ''
  const { value, ci95 } = metric
  return ci95 === null ? value.toFixed(2) : `${value.toFixed(2)} ${intervalText(ci95, 2)}`
}
