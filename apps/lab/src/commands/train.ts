/** @file `train`: one model of an experiment. */
import { existsSync } from 'node:fs'
import { InputError } from '@trivium/schema'
import { type CommandContext, type Register } from '../context.ts'
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
  const {
    checkExperiment,
    engineOfExperiment,
    findEntry,
    isTrained,
    lastCheckpoint,
    modelDirectory,
    runTrainingJob,
  } = await import('@trivium/experiments')
  const { claimRun, locateRun, openRun, withStatus } = await import('@trivium/experiments/run')
  const { hasCheckpoint } = await import('@trivium/training/node')
  const { trainingUpdate } = await import('../updates.ts')
  const { config } = loaded
  const entry = findEntry(config, options.model)
  // References are compared with, not trained beside.
  const { plans } = await checkExperiment({ ...config, models: [entry], references: [] })
  const runDirectory = locateRun(loaded, options)
  const directory = modelDirectory(runDirectory, entry.name)
  if (options.dryRun === true) {
    context.print(`run: ${runDirectory}${existsSync(runDirectory) ? '' : ' (new)'}`)
    context.print(await trainingPlan(plans[0], directory))
    return
  }
  if (options.resume === true && !hasCheckpoint(lastCheckpoint(directory)))
    throw new InputError(
      `there is nothing to resume: ${lastCheckpoint(directory)} holds no checkpoint; leave --resume out`,
    )
  const engine = await engineOfExperiment({ ...config, models: [entry] }, context.progress.log)
  openRun(loaded, { out: runDirectory })
  claimRun(directory, [runDirectory])
  const { signal } = context
  context.progress.log(`${isTrained(directory) ? 'already trained' : 'training'}: ${directory}`)
  const result = await withStatus(directory, () =>
    runTrainingJob(
      { config, entry, engine, directory, argv: context.argv },
      {
        signal,
        onProgress: (progress) => context.progress.update(entry.name, trainingUpdate(progress)),
      },
    ),
  )
  context.progress.settle()
  context.print(options.json === true ? JSON.stringify(result) : result.checkpoint)
}
