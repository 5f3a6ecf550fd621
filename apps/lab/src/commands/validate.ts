/** @file `validate`: whether files are what they claim to be, before anything is run with them. */
import { existsSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { InputError } from '@trivium/schema'
import { type CommandContext, type Register } from '../context.ts'
import { examples, table } from '../text.ts'

export const register: Register = (command, context) => {
  command
    .argument('<file...>', 'experiments, results, baselines, example files, checkpoints, run directories')
    .addHelpText(
      'after',
      examples(
        ['validate configs/*.yaml', 'every experiment, with all that can be known of it before it runs'],
        [
          'validate runs/demo/20260131T120000Z-0a1b2c3d checkpoints/sotu-ar',
          'a run, and a checkpoint with its hashes',
        ],
      ),
    )
    .action(async (files: string[]) => run(files, context()))
}

/** One line a file on stdout; the exit code says whether all are good. @throws InputError when one is not */
async function run(files: readonly string[], { print }: CommandContext): Promise<void> {
  const rows: string[][] = []
  const bad: string[] = []
  for (const file of files)
    try {
      rows.push(['ok', file, await validate(file)])
    } catch (error) {
      if (!(error instanceof InputError)) throw error
      bad.push(error.message.replace(/\s+/g, ' '))
      rows.push(['bad', file, error.message.replace(/\s+/g, ' ')])
    }
  for (const line of table(rows)) print(line)
  if (bad.length > 0)
    throw new InputError(
      `${bad.length} of ${files.length} files ${bad.length === 1 ? 'is' : 'are'} not valid, first: ${bad[0]}`,
    )
}

/** What it is, in words. @throws InputError when it is none, or a broken one */
async function validate(path: string): Promise<string> {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats === undefined) throw new InputError(`there is no ${path}`)
  if (stats.isDirectory()) return validateFolder(path)
  if (/\.ya?ml$/.test(path)) return validateExperiment(path)
  if (path.endsWith('.jsonl')) return validateExamples(path)
  if (path.endsWith('.json')) return validateJson(path)
  throw new InputError(
    `${path} is none of experiment (.yaml), results or baseline (.json), examples (.jsonl), checkpoint or run (a folder)`,
  )
}

async function validateFolder(path: string): Promise<string> {
  if (existsSync(join(path, 'manifest.json'))) {
    const { loadCheckpoint } = await import('@trivium/training/node')
    const { paradigm, step, totalSteps } = loadCheckpoint(path).manifest
    return `checkpoint: ${paradigm}, step ${step} of ${totalSteps}`
  }
  if (existsSync(join(path, 'results.json'))) return validateJson(join(path, 'results.json'))
  const { loadRun } = await import('@trivium/experiments/run')
  return `run of '${loadRun(path).config.name}', without results yet`
}

async function validateExperiment(path: string): Promise<string> {
  const { loadConfig } = await import('@trivium/experiments/run')
  const { checkExperiment } = await import('@trivium/experiments')
  const { config } = await checkExperiment(loadConfig(path).config)
  return `experiment '${config.name}': ${config.models.length} models, ${config.references.length} references`
}

async function validateExamples(path: string): Promise<string> {
  const { loadExampleFile } = await import('@trivium/corpus/node')
  const { sha256 } = await loadExampleFile(path)
  return `examples, sha256 ${sha256.slice(0, 12)}…`
}

/** A baseline says of itself who accepted it. */
async function validateJson(path: string): Promise<string> {
  const { readBaseline, readResults } = await import('@trivium/experiments/run')
  const { readJsonIfWhole } = await import('@trivium/files')
  const value = readJsonIfWhole(path)
  if (typeof value === 'object' && value !== null && 'history' in value) {
    const { history, results } = readBaseline(path)
    return `baseline of '${results.name}', accepted by ${history.at(-1)?.by}: ${history.at(-1)?.reason}`
  }
  const { results } = readResults(path)
  return `${basename(path) === 'results.json' ? 'results' : 'results kept'} of '${results.name}': ${results.models.length} models, ${results.points.length} points`
}
