/** @file `compare`: the main job; of runs that are finished, their differences. */
import type { RunDifference } from '@trivium/evaluation'
import { InputError } from '@trivium/schema'
import { type CommandContext, jobsOption, positiveInteger, type Register } from '../context.ts'
import { addExperimentOptions, experimentOf } from '../experiment-options.ts'
import { experiment } from '../place.ts'
import { type RunOptions, runExperiment } from '../run-experiment.ts'
import { examples, table } from '../text.ts'

export const register: Register = (command, context) => {
  addExperimentOptions(command)
    .argument('[run...]', 'finished runs, or their results.json: the first against each of the others')
    .addOption(jobsOption())
    .option(
      '--limit <number>',
      'at most so many texts, answers and scored rows; the results are stamped as partial',
      positiveInteger,
    )
    .option('--save <file>', 'write the results without their samples there too, to be kept')
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
        [`compare -c ${experiment} --jobs 1`, 'one model after the other, in less memory'],
        ['compare runs/a runs/b', 'what b measured less what a did, paired where both have the same units'],
      ),
    )
    .action(async (runs: string[], options: RunOptions) =>
      runs.length > 0 ? compareRuns(runs, options, context()) : run(options, context()),
    )
}

async function run(options: RunOptions, context: CommandContext): Promise<void> {
  const loaded = await experimentOf(options, context)
  if (loaded !== null) await runExperiment(loaded, options, context)
}

/** @throws InputError when the runs cannot be read or do not compare */
async function compareRuns(
  runs: readonly string[],
  { config, json }: RunOptions,
  { print, progress }: CommandContext,
): Promise<void> {
  if (config !== undefined)
    throw new InputError('runs are compared as they are; leave --config out, or the runs')
  if (runs.length < 2) throw new InputError(`${runs[0]} alone has no difference; name two runs, or more`)
  const { readResults } = await import('@trivium/experiments/run')
  const { differencesOf } = await import('@trivium/evaluation')
  const [first, ...others] = runs.map((run) => readResults(run).results)
  const compared = others.map((other, i) => ({ run: runs[i + 1], ...differencesOf(first, other) }))
  if (json === true) {
    print(JSON.stringify(compared))
    return
  }
  for (const { run, rows, left } of compared) {
    if (compared.length > 1) print(`${run}:`)
    for (const line of table([header, ...rows.map(cellsOf)])) print(line)
    if (left > 0) progress.log(`${run}: ${left} numbers stand in one of the two alone, or are of other sizes`)
  }
}

const header = ['number', 'first', 'second', 'difference', '95%', 'paired', 'second is']
const digits = (value: number): string => Number(value.toPrecision(4)).toString()

const cellsOf = ({
  of,
  metric,
  first,
  second,
  difference,
  ci95,
  paired,
  verdict,
}: RunDifference): string[] => [
  `${metric} of ${of}`,
  digits(first),
  digits(second),
  digits(difference),
  ci95 === null ? 'n/a' : `[${ci95.map(digits).join(', ')}]`,
  paired ? 'yes' : 'no',
  verdict,
]
