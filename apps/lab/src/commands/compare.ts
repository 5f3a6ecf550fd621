/** @file `compare`: the main job. */
import { type CommandContext, jobsOption, positiveInteger, type Register } from '../context.ts'
import { addExperimentOptions, experimentOf } from '../experiment-options.ts'
import { experiment } from '../place.ts'
import { queueOption } from '../queue-option.ts'
import { type RunOptions, runExperiment } from '../run-experiment.ts'
import { examples } from '../text.ts'

export const register: Register = (command, context) => {
  addExperimentOptions(command)
    .addOption(jobsOption())
    .addOption(queueOption())
    .option(
      '--limit <number>',
      'at most so many texts, answers and scored rows; the results are stamped as partial',
      positiveInteger,
    )
    .option('--save <file>', 'write the results without their samples there too, to be kept')
    .option('--json', 'print the paths as JSON')
    .addHelpText(
      'after',
      examples(
        [
          `compare --config ${experiment}`,
          'train, evaluate and time its models, beside the checkpoints that it names',
        ],
        [
          `compare -c ${experiment} --set evaluation.samples=8 --set "evaluation.steps=[8, 32]"`,
          'a coarse sweep; trained models are reused',
        ],
        [`compare -c ${experiment} --dry-run`, 'what would be done, and what is there already'],
        [
          `compare -c ${experiment} --save docs/results/demo.json`,
          'a small result that a report is rebuilt from',
        ],
        [`compare -c ${experiment} --jobs 1`, 'one model after the other, in less memory'],
      ),
    )
    .action(async (options: RunOptions) => run(options, context()))
}

async function run(options: RunOptions, context: CommandContext): Promise<void> {
  const loaded = await experimentOf(options, context)
  if (loaded !== null) await runExperiment(loaded, options, context)
}
