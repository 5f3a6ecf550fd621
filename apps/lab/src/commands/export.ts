/** @file `export`: results in the layout of other tools. */
import { join } from 'node:path'
import { checkFolder, writeAtomically } from '@trivium/files'
import { type ExportFormat, exportFormats, exportResults } from '@trivium/report'
import { Option } from 'commander'
import { type CommandContext, needed, type Register } from '../context.ts'
import { examples } from '../text.ts'

type ExportOptions = { format?: ExportFormat; out: string }

export const register: Register = (command, context) => {
  command
    .argument('<run>', 'a finished run directory, or its results.json')
    .addOption(
      new Option(
        '--format <name>',
        'eee: Every Eval Ever; lm-eval: lm-evaluation-harness; csv: one table',
      ).choices(exportFormats),
    )
    .option('-o, --out <folder>', 'where the files go', 'export')
    .addHelpText(
      'after',
      examples(
        [
          'export runs/demo/20260131T120000Z-0a1b2c3d --format csv',
          'every number with its interval, in one table',
        ],
        ['export results.json --format eee --out data', 'a record for each model, for a shared database'],
        ['export results.json --format lm-eval --out results', 'for what reads lm-evaluation-harness'],
      ),
    )
    .action(async (run: string, options: ExportOptions) => exportRun(run, options, context()))
}

async function exportRun(
  run: string,
  { format, out }: ExportOptions,
  { print }: CommandContext,
): Promise<void> {
  const wanted = needed(format, '--format', exportFormats[0]) as ExportFormat
  const { readResults } = await import('@trivium/experiments/run')
  const { results } = readResults(run)
  checkFolder(out)
  for (const { path, text } of exportResults(results, wanted)) {
    const file = join(out, path)
    writeAtomically(file, text)
    print(file)
  }
}
