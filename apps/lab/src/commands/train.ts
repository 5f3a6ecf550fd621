/** @file `train`: one model of an experiment, with every seed. */
import { existsSync } from 'node:fs'
import type { EngineChoice } from '@trivium/engine/node'
import type { TrainingResult } from '@trivium/experiments'
import { type ExperimentConfig, InputError, type ModelEntry } from '@trivium/schema'
import type { CommandContext, Register } from '../context.ts'
import {
  addExperimentOptions,
  type ExperimentOptions,
  experimentOf,
  trainingPlan,
} from '../experiment-options.ts'
import { experiment } from '../place.ts'
import { examples } from '../text.ts'

type TrainOptions = ExperimentOptions & { model?: string; resume?: true; json?: true }

export const register: Register = (command, context) => {
  addExperimentOptions(command)
    .option('-m, --model <name>', 'which model of the experiment; may be left out when there is one')
    .option('--resume', 'insist on a run to go on with')
    .option('--json', 'print the outcome as JSON')
    .addHelpText(
      'after',
      examples(
        [`train --config ${experiment} --model masked`, 'its masked model'],
        [
          `train -c ${experiment} -m ar --set training.tokens=100000 --out runs/try`,
          'a shorter budget, in a folder of its own',
        ],
        [`train -c ${experiment} -m ar --out runs/try --resume`, 'go on after Ctrl-C (with the same --set)'],
        [`train -c ${experiment} -m ar --dry-run`, 'what would be trained, and where'],
      ),
    )
    .action(async (options: TrainOptions) => run(options, context()))
}

async function run(options: TrainOptions, context: CommandContext): Promise<void> {
  const loaded = await experimentOf(options, context)
  if (loaded === null) return
  const { checkExperiment, engineOfExperiment, findEntry, modelDirectory, runName, seedsOf } = await import(
    '@trivium/experiments'
  )
  const { locateRun, openRun } = await import('@trivium/experiments/run')
  const { config } = loaded
  const entry = findEntry(config, options.model)
  // References are compared with, not trained beside.
  const { plans } = await checkExperiment({ ...config, models: [entry], references: [] })
  const runDirectory = locateRun(loaded, options)
  const trainings = seedsOf(config).map((seed, _, seeds): Training => {
    const name = runName(entry.name, seed, seeds)
    return { name, config: { ...config, seed }, entry, directory: modelDirectory(runDirectory, name) }
  })
  if (options.dryRun === true) {
    context.print(`run: ${runDirectory}${existsSync(runDirectory) ? '' : ' (new)'}`)
    for (const { name, directory } of trainings) context.print(await trainingPlan(plans[0], directory, name))
    return
  }
  if (options.resume === true) await refuseNothing(trainings)
  const engine = await engineOfExperiment({ ...config, models: [entry] }, context.progress.log)
  openRun(loaded, { out: runDirectory })
  for (const training of trainings) {
    if (context.signal.aborted) return
    const result = await train(training, engine, runDirectory, context)
    context.print(options.json === true ? JSON.stringify(result) : result.checkpoint)
  }
}

/** One of the seeds of a model. */
type Training = {
  readonly name: string
  readonly config: ExperimentConfig
  readonly entry: ModelEntry
  readonly directory: string
}

/** @throws InputError when none of the trainings has begun */
async function refuseNothing(trainings: readonly Training[]): Promise<void> {
  const { lastCheckpoint } = await import('@trivium/experiments')
  const { hasCheckpoint } = await import('@trivium/training/node')
  const places = trainings.map(({ directory }) => lastCheckpoint(directory))
  if (!places.some(hasCheckpoint))
    throw new InputError(
      `there is nothing to resume: ${places.join(', ')} holds no checkpoint; leave --resume out`,
    )
}

async function train(
  { name, config, entry, directory }: Training,
  engine: EngineChoice,
  runDirectory: string,
  { argv, signal, progress }: CommandContext,
): Promise<TrainingResult> {
  const { isTrained, runTrainingJob } = await import('@trivium/experiments')
  const { claimRun, withStatus } = await import('@trivium/experiments/run')
  const { trainingUpdate } = await import('../updates.ts')
  claimRun(directory, [runDirectory])
  progress.log(`${isTrained(directory) ? 'already trained' : 'training'}: ${directory}`)
  const result = await withStatus(directory, () =>
    runTrainingJob(
      { config, entry, engine, directory, argv },
      { signal, onProgress: (update) => progress.update(name, trainingUpdate(update)) },
    ),
  )
  progress.settle()
  return result
}
