/** @file `export`: what a run measured, in the formats of others. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { checkFolder, sha256, writeAtomically } from '@trivium/files'
import { InputError, type Results } from '@trivium/schema'
import { Option } from 'commander'
import { type CommandContext, type Register } from '../context.ts'
import { examples } from '../text.ts'

const formats = ['csv', 'eee', 'lm-eval'] as const
type ExportOptions = { format?: (typeof formats)[number]; out?: string }

export const register: Register = (command, context) => {
  command
    .argument('<run>', 'a run directory, or a results.json')
    .addOption(
      new Option(
        '--format <name>',
        'csv: one row a figure; eee: a record of Every Eval Ever a model; lm-eval: the results of EleutherAI’s harness a model',
      ).choices(formats),
    )
    .option('-o, --out <folder>', 'where the files go; csv goes to stdout when absent')
    .addHelpText(
      'after',
      examples(
        [
          'export runs/demo/20260131T120000Z-0a1b2c3d --format csv > demo.csv',
          'every figure with its interval and n',
        ],
        ['export results.json --format eee --out records', 'a record for each model'],
      ),
    )
    .action(async (run: string, options: ExportOptions) => exportRun(run, options, context()))
}

async function exportRun(
  run: string,
  { format, out }: ExportOptions,
  { print }: CommandContext,
): Promise<void> {
  if (format === undefined) throw new InputError(`--format is missing; use one of ${formats.join(', ')}`)
  if (out === undefined && format !== 'csv')
    throw new InputError(`--out is missing: ${format} is a file for each model; name a folder`)
  if (out !== undefined) checkFolder(out)
  const { readResults } = await import('@trivium/experiments/run')
  const { resultsCsv } = await import('@trivium/report')
  const { results } = readResults(run)
  if (out === undefined) {
    print(resultsCsv(results).trimEnd())
    return
  }
  for (const [path, text] of await filesOf(format, results)) {
    const target = join(out, path)
    mkdirSync(join(target, '..'), { recursive: true })
    writeAtomically(target, text)
    print(target)
  }
}

async function filesOf(
  format: (typeof formats)[number],
  results: Results,
): Promise<(readonly [path: string, text: string])[]> {
  const { everyEvalEver, lmEval, resultsCsv } = await import('@trivium/report')
  const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`
  if (format === 'csv') return [['results.csv', resultsCsv(results)]]
  if (format === 'eee')
    return everyEvalEver(results).map(({ folder, record }) => {
      const text = json(record)
      return [join(folder, `${uuidOf(text)}.json`), text]
    })
  const at = results.createdAt.replaceAll(':', '-')
  return lmEval(results).map(({ folder, record }) => [join(folder, `results_${at}.json`), json(record)])
}

/** A UUID (version 4 by its form) of the content: the same record is the same file. */
function uuidOf(text: string): string {
  const hex = sha256(text)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
