/** @file `report`: charts and pages again, from result files alone. */
import { readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { InputError, parseInput, type Results, resultsSchema } from '@trivium/schema'
import { type CommandContext, examples, type Register } from '../context.ts'

export const register: Register = (program, context) => {
  program
    .command('report')
    .description('(re)build report.html, figures and summary.md from result files')
    .argument('<run...>', 'run directories, or results.json files')
    .option('-o, --out <folder>', 'where to write; beside the results when absent (one run only)')
    .addHelpText(
      'after',
      examples(
        ['report runs/demo/20260131T120000Z-0a1b2c3d', 'after an upgrade of the charts'],
        ['report results.json --out /tmp/report', "somebody else's results"],
      ),
    )
    .action(async (runs: string[], options: { out?: string }) => run(runs, options, context()))
}

async function run(
  runs: readonly string[],
  { out }: { out?: string },
  { print }: CommandContext,
): Promise<void> {
  if (out !== undefined && runs.length > 1)
    throw new InputError('--out takes one run; leave it out, so that each report stands beside its results')
  const all = runs.map(readResults)
  const { buildReport } = await import('@trivium/report/node')
  for (const { results, directory } of all) print((await buildReport(results, out ?? directory)).html)
}

/** @throws InputError when there are none, or they are torn or of another schema */
export function readResults(run: string): { results: Results; directory: string } {
  const isFolder = statSync(run, { throwIfNoEntry: false })?.isDirectory() === true
  const path = isFolder ? join(run, 'results.json') : run
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new InputError(
      `the results ${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? error}); name a finished run or its results.json`,
    )
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new InputError(`${path} is not JSON; run \`trivium compare\` again to write it`)
  }
  return { results: parseInput(resultsSchema, value, path), directory: dirname(path) }
}
