/** @file `tune`: the best sampler and temperature of each of some models, found with as many trials each. */
import type { Tuning } from '@trivium/experiments'
import { type EngineName, InputError, metricTable } from '@trivium/schema'
import {
  type CommandContext,
  engineOption,
  positiveInteger,
  type Register,
  seedNumber,
  threadsOption,
} from '../context.ts'
import { checkpoints as place } from '../place.ts'
import { examples, table } from '../text.ts'

type TuneOptions = {
  checkpoint?: string[]
  trials: number
  steps: number
  samples: number
  seed: number
  engine: EngineName | 'auto'
  threads?: number
  json?: true
}

export const register: Register = (command, context) => {
  command
    .option('--checkpoint <folder...>', 'the models, trained on one dataset')
    .option('--trials <number>', 'samplers × temperatures that every model is tried with', positiveInteger, 6)
    .option('--steps <number>', 'denoising steps of the samplers that have them', positiveInteger, 32)
    .option('-n, --samples <number>', 'texts, or answers, of a trial', positiveInteger, 32)
    .option('--seed <number>', 'of the draws', seedNumber, 1)
    .option('--json', 'print every trial as JSON')
    .addOption(engineOption().default('auto'))
    .addOption(threadsOption())
    .addHelpText(
      'after',
      examples(
        [
          `tune --checkpoint ${place}/sotu-ar ${place}/sotu-masked > frozen.yaml`,
          'six trials each on validation text; the best of each as `references` of an experiment',
        ],
        [`tune --checkpoint ${place}/sotu-masked --trials 9 --json`, 'all trials, for a script'],
      ),
    )
    .action(async (options: TuneOptions) => run(options, context()))
}

async function run(options: TuneOptions, { print, progress, signal }: CommandContext): Promise<void> {
  const { checkpoint: checkpoints = [], trials, steps, samples, seed } = options
  if (checkpoints.length === 0)
    throw new InputError(`--checkpoint is missing; e.g. --checkpoint ${place}/sotu-ar ${place}/sotu-masked`)
  const { engineOfCheckpoint, tune } = await import('@trivium/experiments')
  const engine = await engineOfCheckpoint(checkpoints[0], { ...options, use: 'sampling' }, progress.log)
  const tuning = await tune({
    checkpoints,
    engine,
    trials,
    steps,
    samples,
    seed,
    signal,
    onTrial: (done, total, what) => progress.update('tuning', { done, total, what }),
  })
  progress.settle()
  if (options.json === true) {
    print(JSON.stringify({ split: 'validation', trials, samples, seed, ...tuning }))
    return
  }
  for (const line of table(trialRows(tuning))) progress.log(line)
  for (const line of frozen(tuning, options)) print(line)
}

/** Every trial; the best of each model is marked. */
function trialRows({ metric, models }: Tuning): string[][] {
  const rows = models.flatMap(({ checkpoint, sampler: chosen, trials }) =>
    trials.map(({ sampler, value, ci95, nfe }) => [
      sampler === chosen ? '*' : '',
      checkpoint,
      sampler.type,
      String(sampler.temperature),
      ci95 === null ? value.toFixed(3) : `${value.toFixed(3)} [${ci95[0].toFixed(3)}, ${ci95[1].toFixed(3)}]`,
      nfe.toFixed(1),
    ]),
  )
  return [['', 'checkpoint', 'sampler', 'temperature', metricTable[metric].short, 'NFE'], ...rows]
}

/** The chosen samplers as `references` of an experiment file, with how they were found. */
function frozen({ metric, models }: Tuning, { trials, samples, seed }: TuneOptions): string[] {
  const { short, better } = metricTable[metric]
  return [
    `# ${trials} trials a model on validation data, by ${short} (${better} is better); ${samples} samples a trial, seed ${seed}`,
    'references:',
    ...models.flatMap(({ checkpoint, sampler }) => [
      `  - name: ${nameOf(checkpoint)}`,
      `    checkpoint: ${JSON.stringify(checkpoint)}`,
      `    samplers: [${JSON.stringify(sampler)}]`,
    ]),
  ]
}

/** The last part of the folder that is a name of its own. */
function nameOf(checkpoint: string): string {
  const parts = checkpoint
    .split(/[/\\]/)
    .filter((part) => !['', '.', '..', 'last', 'best', 'checkpoints'].includes(part))
  return (parts.at(-1) ?? 'model').toLowerCase().replaceAll(/[^a-z0-9-]/g, '-')
}
