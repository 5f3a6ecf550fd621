/** @file `train`: one model of an experiment, with every seed. */
import { existsSync } from 'node:fs'
import type { EngineChoice } from '@trivium/engine/node'
import type { PlannedTraining, TrainingResult } from '@trivium/experiments'
import type { LoadedConfig } from '@trivium/experiments/run'
import { type ExperimentConfig, InputError, RuntimeFailure, Stopped } from '@trivium/schema'
import type { CommandContext, Register } from '../context.ts'
import { addDeadlineOptions, type DeadlineOptions, deadlineOf, withDeadline } from '../deadline.ts'
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
  addDeadlineOptions(addExperimentOptions(command))
    .option('-m, --model <name>', 'which model of the experiment; may be left out when there is one')
    .option(
      '--resume',
      'insist on a run to go on with; with --out and without --config the folder says of which experiment',
    )
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
        [`train -c ${experiment} -m ar --out runs/night --until 06:30`, 'as far as the night goes'],
        ['train --resume --out runs/night -m ar', 'go on from the folder alone, also after it was moved'],
        [`train -c ${experiment} -m ar --dry-run`, 'what would be trained, and where'],
      ),
    )
    .action(async (options: TrainOptions) => run(options, context()))
}

async function run(options: TrainOptions, context: CommandContext): Promise<void> {
  const deadline = deadlineOf(options)
  const loaded = isResumed(options) ? await loadedFrom(options) : await experimentOf(options, context)
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
  for (const training of trainings) {
    const before = (): void => {
      openRun(loaded, { out: runDirectory })
      takeKeptModels(
        kept.filter(({ name }) => name === training.name),
        runDirectory,
      )
    }
    const signal = withDeadline(context.signal, deadline)
    const result = await train(training, engine, before, context, signal)
    if (!result.finished) {
      if (context.signal.aborted) throw new Stopped()
      sayStopped(result, training, context)
    }
    context.print(options.json === true ? JSON.stringify(result) : result.checkpoint)
    if (!result.finished) return
  }
}

const isResumed = ({ resume, config, out }: TrainOptions): boolean =>
  resume === true && config === undefined && out !== undefined

/** @throws InputError when the folder does not say, or something is to be changed in it */
async function loadedFrom({ out = '', set, engine, threads }: TrainOptions): Promise<LoadedConfig> {
  if (set !== undefined || engine !== undefined || threads !== undefined)
    throw new InputError(
      `${out} is gone on with as it is; leave --set, --engine and --threads out, or name the experiment with --config`,
    )
  const { loadRun } = await import('@trivium/experiments/run')
  return loadRun(out)
}

/** @throws RuntimeFailure when the time was too short for anything to be kept */
function sayStopped(
  { step }: TrainingResult,
  { name, directory }: Training,
  { progress }: CommandContext,
): void {
  if (step === 0)
    throw new RuntimeFailure(`the time was over before ${name} had a checkpoint (${directory}); give it more`)
  progress.log(`stopped in time: ${name} has a checkpoint of step ${step}; the same command goes on`)
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
  { argv, progress }: CommandContext,
  signal: AbortSignal,
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
