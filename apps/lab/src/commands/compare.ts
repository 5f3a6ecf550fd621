/** @file `compare`: the main job. */
import type { RunDifference } from '@trivium/report'
import { InputError } from '@trivium/schema'
import { type CommandContext, jobsOption, positiveInteger, type Register } from '../context.ts'
import { addExperimentOptions, experimentOf } from '../experiment-options.ts'
import { experiment } from '../place.ts'
import { queueOption } from '../queue-option.ts'
import { type RunOptions, runExperiment } from '../run-experiment.ts'
import { examples, table } from '../text.ts'

export const register: Register = (command, context) => {
  addExperimentOptions(command)
    .argument('[run...]', 'finished runs: the differences of each to the first, instead of running anything')
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
        ['compare runs/a/20260131T120000Z-0a1b2c3d runs/b', 'what differs between two finished runs'],
        [`compare -c ${experiment} --jobs 1`, 'one model after the other, in less memory'],
      ),
    )
    .action(async (runs: string[], options: RunOptions) =>
      runs.length === 0 ? run(options, context()) : compareRuns(runs, options, context()),
    )
}

async function run(options: RunOptions, context: CommandContext): Promise<void> {
  const loaded = await experimentOf(options, context)
  if (loaded !== null) await runExperiment(loaded, options, context)
}

/** A table of differences to the first run, paired where items and seeds match. @throws InputError */
async function compareRuns(
  runs: readonly string[],
  { config, json }: RunOptions,
  { print, progress }: CommandContext,
): Promise<void> {
  if (config !== undefined)
    throw new InputError(
      '--config runs an experiment, and runs are compared as they are; give one of the two',
    )
  if (runs.length < 2) throw new InputError(`name a second run, which ${runs[0]} is held against`)
  const { readResults } = await import('@trivium/experiments/run')
  const { runDifferences } = await import('@trivium/report')
  const [first, ...others] = runs.map((run) => readResults(run).results)
  const tables = others.map((other, i) => ({ run: runs[i + 1], differences: runDifferences(first, other) }))
  if (json === true) {
    print(JSON.stringify(tables))
    return
  }
  for (const { run: name, differences } of tables) {
    if (differences.length === 0)
      throw new InputError(
        `${name} and ${runs[0]} share no figure: no model and sampler of one name, on one task, of as many units`,
      )
    print(`${name} − ${runs[0]}`)
    for (const line of table([
      ['of', 'metric', 'first', 'second', 'difference', ''],
      ...differences.map(differenceRow),
    ]))
      print(line)
  }
  progress.log('[ ] are 95% intervals of the difference; * excludes zero')
}

function differenceRow({ of, metric, first, second, difference }: RunDifference): string[] {
  const { value, ci95, paired } = difference
  const digits = (number: number): string => String(Number(number.toPrecision(4)))
  const interval = ci95 === null ? '' : ` [${ci95.map(digits).join(', ')}]`
  const sure = ci95 !== null && (ci95[0] > 0 || ci95[1] < 0) ? '*' : ''
  return [
    of,
    metric,
    digits(first),
    digits(second),
    `${digits(value)}${interval}${sure}`,
    paired ? 'paired' : '',
  ]
}
