/** @file `train`: one model of an experiment, with every seed. */
import { existsSync } from 'node:fs'
import type { EngineChoice } from '@trivium/engine/node'
import type { PlannedTraining, TrainingResult } from '@trivium/experiments'
import { type ExperimentConfig, InputError, Stopped } from '@trivium/schema'
import { type CommandContext, positiveNumber, type Register } from '../context.ts'
import { type DeadlineOptions, deadlineOf, withDeadline } from '../deadline.ts'
import {
  addExperimentOptions,
  type ExperimentOptions,
  experimentOf,
  trainingPlan,
} from '../experiment-options.ts'
import { experiment } from '../place.ts'
import { examples } from '../text.ts'

type TrainOptions = ExperimentOptions & DeadlineOptions & { model?: string; resume?: true; json?: true }

export const register: Register = (command, context) => {
  addExperimentOptions(command)
    .option('-m, --model <name>', 'which model of the experiment; may be left out when there is one')
    .option('--resume', 'insist on a run to go on with')
    .option('--until <hh:mm>', 'stop then with a checkpoint; the same command goes on')
    .option('--max-minutes <number>', 'stop after so many, likewise', positiveNumber)
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
        [`train -c ${experiment} -m ar --until 06:30`, 'as far as it comes until then'],
        ['train --out runs/try -m ar', 'go on with a run folder alone, wherever it was begun'],
        [`train -c ${experiment} -m ar --dry-run`, 'what would be trained, and where'],
      ),
    )
    .action(async (options: TrainOptions) => run(options, context()))
}

async function run(options: TrainOptions, context: CommandContext): Promise<void> {
  const until = deadlineOf(options)
  const loaded = await experimentOf(options, context)
  if (loaded === null) return
  const {
    checkExperiment,
    engineOfExperiment,
    findEntry,
    findKeptModels,
    modelDirectory,
    takeKeptModels,
    trainingsOf,
  } = await import('@trivium/experiments')
  const { locateRun, openRun } = await import('@trivium/experiments/run')
  const { config } = loaded
  const entry = findEntry(config, options.model)
  // References are compared with, not trained beside.
  const { plans } = await checkExperiment({ ...config, models: [entry], references: [] })
  const runDirectory = locateRun(loaded, options)
  const own = { ...config, models: [entry] }
  const kept = await findKeptModels(own, runDirectory, options)
  const trainings = trainingsOf(own).map((training): Training => {
    const { name, seed } = training
    return { ...training, config: { ...config, seed }, directory: modelDirectory(runDirectory, name) }
  })
  if (options.dryRun === true) {
    context.print(`run: ${runDirectory}${existsSync(runDirectory) ? '' : ' (new)'}`)
    for (const { name } of trainings) {
      const run = kept.find((model) => model.name === name)?.run ?? runDirectory
      context.print(await trainingPlan(plans[0], modelDirectory(run, name), name))
    }
    return
  }
  if (options.resume === true) await refuseNothing(trainings)
  const engine = await engineOfExperiment({ ...config, models: [entry] }, context.progress.log)
  const deadline = withDeadline(context.signal, until)
  for (const training of trainings) {
    const before = (): void => {
      openRun(loaded, { out: runDirectory })
      takeKeptModels(
        kept.filter(({ name }) => name === training.name),
        runDirectory,
      )
    }
    const result = await train(training, engine, before, { ...context, signal: deadline.signal })
    if (!result.finished && !deadline.isOver()) throw new Stopped()
    if (options.json === true) context.print(JSON.stringify(result))
    else if (result.step > 0) context.print(result.checkpoint)
    if (result.finished) continue
    context.progress.log(`its time is over at step ${result.step}; the same command goes on from there`)
    break
  }
  deadline.release()
}

/** One of the seeds of a model. */
type Training = PlannedTraining & { readonly config: ExperimentConfig; readonly directory: string }

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

/** @param before done when nobody else works in the model's folder, which a comparison of the run claims, too */
async function train(
  { name, config, entry, directory }: Training,
  engine: EngineChoice,
  before: () => void,
  { argv, signal, progress }: CommandContext,
): Promise<TrainingResult> {
  const { isTrained, runTrainingJob } = await import('@trivium/experiments')
  const { claimRun } = await import('@trivium/experiments/run')
  const { trainingUpdate } = await import('../updates.ts')
  const work = (): Promise<TrainingResult> => {
    before()
    progress.log(`${isTrained(directory) ? 'already trained' : 'training'}: ${directory}`)
    return runTrainingJob(
      { config, entry, engine, directory, argv },
      { signal, onProgress: (update) => progress.update(name, trainingUpdate(update)) },
    )
  }
  const result = await claimRun(directory, work, { signal })
  progress.settle()
  return result
}
