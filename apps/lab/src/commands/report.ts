/** @file `report`: charts and pages again, from result files alone. */
import { checkFolder } from '@trivium/files'
import { InputError } from '@trivium/schema'
import { type CommandContext, type Register } from '../context.ts'
import { examples } from '../text.ts'

export const register: Register = (command, context) => {
  command
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
  const { readResults } = await import('@trivium/experiments/run')
  const all = runs.map(readResults)
  const { buildReport } = await import('@trivium/report/node')
  for (const { directory } of all) checkFolder(out ?? directory)
  for (const { results, directory } of all) print((await buildReport(results, out ?? directory)).html)
}
