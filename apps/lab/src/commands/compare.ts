/** @file `compare`: the main job; of runs that are finished, their differences. */
import { InputError } from '@trivium/schema'
import { compareRuns } from '../compare-runs.ts'
import { type CommandContext, jobsOption, positiveInteger, type Register } from '../context.ts'
import { addExperimentOptions, collect, experimentOf } from '../experiment-options.ts'
import { experiment } from '../place.ts'
import { queueOption } from '../queue-option.ts'
import { type RunOptions, runExperiment, runExperiments } from '../run-experiment.ts'
import { examples } from '../text.ts'

type CompareOptions = RunOptions & { with?: string[]; report?: string; latency?: boolean }

export const register: Register = (command, context) => {
  addExperimentOptions(command)
    .argument('[run...]', 'finished runs, or their results.json: the first against each of the others')
    .addOption(jobsOption())
    .addOption(queueOption())
    .option(
      '--limit <number>',
      'at most so many texts, answers and scored rows; the results are stamped as partial',
      positiveInteger,
    )
    .option('--no-latency', 'time nothing; the same command without it times what is evaluated')
    .option('--save <file>', 'write the results without their samples there too, to be kept')
    .option('--with <file>', 'one more experiment, in the same report; repeatable', collect)
    .option('--report <folder>', 'where the report of several experiments goes; runs/report when absent')
    .option('--json', 'print the paths, or the differences, as JSON')
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
        [`compare -c ${experiment} --with second.yaml`, 'two experiments, one report'],
        [`compare -c ${experiment} --jobs 1`, 'one model after the other, in less memory'],
        ['compare runs/a runs/b', 'what b measured less what a did, paired where both have the same units'],
      ),
    )
    .action(async (runs: string[], options: CompareOptions) =>
      runs.length > 0 ? compareRuns(runs, options, context()) : run(options, context()),
    )
}

async function run(given: CompareOptions, context: CommandContext): Promise<void> {
  const { with: more = [], report = 'runs/report', latency: timing, ...rest } = given
  const options = { ...rest, timing }
  if (more.length === 0) {
    if (given.report !== undefined)
      throw new InputError(
        '--report is for several experiments; one writes its report into its run, see --out',
      )
    const loaded = await experimentOf(options, context)
    if (loaded !== null) await runExperiment(loaded, options, context)
    return
  }
  for (const [name, value] of Object.entries({ out: options.out, save: options.save }))
    if (value !== undefined)
      throw new InputError(
        `--${name} names a place for one experiment; leave it out beside --with, or run them apart`,
      )
  // All are read before the first begins.
  const all = []
  for (const config of [options.config, ...more])
    all.push(await experimentOf({ ...options, config }, context))
  const loaded = all.filter((one) => one !== null)
  if (loaded.length === 0) return
  const { checkFolder } = await import('@trivium/files')
  checkFolder(report)
  await runExperiments(loaded, { ...options, report }, context)
}
