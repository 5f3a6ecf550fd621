/** @file `compare RUN RUN`: what differs between finished runs. */
import type { RunDifference } from '@trivium/report'
import { InputError } from '@trivium/schema'
import type { CommandContext } from './context.ts'
import type { RunOptions } from './run-experiment.ts'
import { table } from './text.ts'

/** A table of differences to the first run, paired where items and seeds match. @throws InputError */
export async function compareRuns(
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
