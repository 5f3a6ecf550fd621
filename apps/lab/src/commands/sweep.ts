/** @file `sweep`: an experiment over a grid of settings and several seeds, one report over all trials. */
import { type CommandContext, jobsOption, positiveInteger, type Register } from '../context.ts'
import { addExperimentOptions, collect, experimentOf } from '../experiment-options.ts'
import { experiment } from '../place.ts'
import { queueOption } from '../queue-option.ts'
import { type RunOptions, runExperiment } from '../run-experiment.ts'
import { examples } from '../text.ts'

type SweepCommandOptions = RunOptions & { grid?: string[]; zip?: string[]; seeds?: number }

export const register: Register = (command, context) => {
  addExperimentOptions(command)
    .option(
      '--grid <key=values>',
      'a.b=1,2: every value with every one of the other grids; repeatable',
      collect,
    )
    .option('--zip <key=values>', 'the same, all of them in step; repeatable', collect)
    .option(
      '--seeds <number>',
      'training seeds of each trial, counted from the experiment’s own',
      positiveInteger,
    )
    .addOption(jobsOption())
    .addOption(queueOption())
    .option('--json', 'print the paths as JSON')
    .addHelpText(
      'after',
      examples(
        [
          `sweep -c ${experiment} --grid +training.learningRate=1e-3,3e-3 --seeds 3`,
          'six trainings of each model',
        ],
        [
          `sweep -c ${experiment} --grid model.depth=2,4 --zip training.tokens=1e5,4e5 --zip training.batchSize=8,16`,
          'two depths, each with both pairs of budget and batch',
        ],
        [
          `sweep -c ${experiment} --grid training.ema=0,0.99 --print-config`,
          'the whole sweep as an experiment',
        ],
      ),
    )
    .action(async (options: SweepCommandOptions) => run(options, context()))
}

async function run(options: SweepCommandOptions, context: CommandContext): Promise<void> {
  const { loadSweep } = await import('@trivium/experiments/run')
  const loaded = await experimentOf(options, context, (path, sets) => loadSweep(path, sets, options))
  if (loaded !== null) await runExperiment(loaded, { ...options, timing: false }, context)
}
