/** @file `report`: charts and a page, of one run or of several in one, from result files alone. */
import { resolve } from 'node:path'
import { checkFolder } from '@trivium/files'
import { InputError } from '@trivium/schema'
import { type CommandContext, type Register } from '../context.ts'
import { examples } from '../text.ts'

export const register: Register = (command, context) => {
  command
    .argument('<run...>', 'run directories, or results.json files')
    .option('-o, --out <folder>', 'where to write; beside the results when absent, which several runs need')
    .addHelpText(
      'after',
      examples(
        ['report runs/demo/20260131T120000Z-0a1b2c3d', 'after an upgrade of the charts'],
        ['report results.json --out /tmp/report', "somebody else's results"],
        [
          'report runs/demo/20260131T120000Z-0a1b2c3d runs/sudoku/20260131T130000Z-4e5f6a7b -o report',
          'one report of several runs',
        ],
      ),
    )
    .action(async (runs: string[], options: { out?: string }) => run(runs, options, context()))
}

async function run(
  runs: readonly string[],
  { out }: { out?: string },
  { print }: CommandContext,
): Promise<void> {
  const [first, ...others] = runs
  if (others.length > 0 && out === undefined)
    throw new InputError(`${runs.length} runs make one report; say where it goes with --out FOLDER`)
  const twice = runs.find((run, i) => runs.findIndex((other) => resolve(other) === resolve(run)) !== i)
  if (twice !== undefined) throw new InputError(`${twice} is named twice; name every run once`)
  const { readResults } = await import('@trivium/experiments/run')
  const { results, directory } = readResults(first)
  const all = [results, ...others.map((run) => readResults(run).results)]
  const { buildReport } = await import('@trivium/report/node')
  const target = out ?? directory
  checkFolder(target)
  print((await buildReport(all, target)).html)
}
