/** @file `eval`: the metrics of one checkpoint. */
import { type EngineName, type EvaluationConfig, evaluationConfigSchema, type Metric } from '@trivium/schema'
import { Option } from 'commander'
import {
  type CommandContext,
  engineOption,
  examples,
  needed,
  type Register,
  seedNumber,
  table,
  threadsOption,
} from '../context.ts'

/** What is measured, and with how many draws. */
const suites: Readonly<Record<'quick' | 'full', EvaluationConfig>> = {
  quick: evaluationConfigSchema.parse({
    steps: [8, 32],
    samples: 8,
    likelihoodRows: 16,
    likelihoodDraws: 8,
    latencyRepeats: 2,
    bootstrap: 500,
  }),
  full: evaluationConfigSchema.parse({}),
}
type EvalOptions = {
  checkpoint?: string
  suite: keyof typeof suites
  engine: EngineName | 'auto'
  threads?: number
  seed: number
  json?: true
}

export const register: Register = (program, context) => {
  program
    .command('eval')
    .description('likelihood, quality by steps and latency of one model')
    .option('--checkpoint <folder>', 'the model')
    .addOption(
      new Option('--suite <name>', 'quick: a first look; full: the numbers of a report')
        .choices(Object.keys(suites))
        .default('quick'),
    )
    .option('--seed <number>', 'of the draws', seedNumber, 1)
    .option('--json', 'print every metric with its interval as JSON')
    .addOption(engineOption().default('auto'))
    .addOption(threadsOption())
    .addHelpText(
      'after',
      examples(
        ['eval --checkpoint checkpoints/sotu-masked', 'a first look'],
        ['eval --checkpoint checkpoints/sotu-ar --suite full --json > ar.json', 'everything, for a script'],
      ),
    )
    .action(async (options: EvalOptions) => run(options, context()))
}

async function run(options: EvalOptions, { print, progress, signal }: CommandContext): Promise<void> {
  const { suite, seed, json } = options
  const checkpoint = needed(options.checkpoint, '--checkpoint', 'checkpoints/sotu-ar')
  const { runEvaluationJob } = await import('../pipeline/evaluation-job.ts')
  const { runLatencyJob } = await import('../pipeline/latency-job.ts')
  const { engineOfCheckpoint } = await import('../engine-choice.ts')
  const evaluation = suites[suite]
  const engine = await engineOfCheckpoint(checkpoint, { ...options, use: 'sampling' }, progress.log)
  const candidate = { name: 'model', checkpoint }
  const hooks = (task: string): Parameters<typeof runEvaluationJob>[1] => ({
    signal,
    onProgress: (update) => progress.update(task, update),
  })
  const quality = await runEvaluationJob({ candidate, evaluation, engine, seed }, hooks('evaluation'))
  const latency =
    quality && (await runLatencyJob({ candidates: [candidate], evaluation, engine, seed }, hooks('latency')))
  progress.settle()
  if (quality === null || latency === null) return
  const points = quality.points.map((point) => ({
    ...point,
    latency: [latency.points[point.id]?.latency].filter((l) => l !== undefined),
  }))
  if (json === true) {
    print(JSON.stringify({ checkpoint, suite, bits: quality.bits, points, load: latency.models.model }))
    return
  }
  print(metricLine(quality.bits))
  const rows = points.map(({ samplerLabel, setting, nfe, quality: metrics, latency: times }) => [
    samplerLabel,
    setting,
    `NFE ${nfe.toFixed(1)}`,
    times[0] === undefined ? '' : `${times[0].p50.toFixed(1)} ms`,
    ...metrics.map(metricLine),
  ])
  for (const line of table(rows)) print(line)
}

function metricLine({ name, value, ci95, unit, n, boundType }: Metric): string {
  const interval = ci95 === null ? '' : ` [${ci95[0].toFixed(3)}, ${ci95[1].toFixed(3)}]`
  const bound = boundType === null || boundType === 'exact' ? '' : ` (upper bound, ${boundType})`
  return `${name} ${value.toFixed(3)}${interval} ${unit}${bound} n=${n}`
}
