/** @file What finished runs differ in: `compare RUN RUN`. */
import type { RunDifference } from '@trivium/evaluation'
import { InputError } from '@trivium/schema'
import type { CommandContext } from './context.ts'
import type { RunOptions } from './run-experiment.ts'
import { table } from './text.ts'

/** @throws InputError when the runs cannot be read or do not compare */
export async function compareRuns(
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
