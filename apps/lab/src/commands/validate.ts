/** @file `validate`: whether files are what they should be, before anything is done with them. */
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { readJsonIfWhole } from '@trivium/files'
import { InputError } from '@trivium/schema'
import { type CommandContext, type Register } from '../context.ts'
import { checkpoints, experiment } from '../place.ts'
import { examples } from '../text.ts'

export const register: Register = (command, context) => {
  command
    .argument(
      '<file...>',
      'experiments and suites (.yaml), results and baselines (.json), examples (.jsonl), run and checkpoint folders',
    )
    .addHelpText(
      'after',
      examples(
        [`validate ${experiment}`, 'keys, models, references and the text, as before a training'],
        ['validate examples.jsonl results.json baseline.json', 'each in its own line; 2 when one is bad'],
        [`validate ${checkpoints}/sotu-ar`, 'a checkpoint, its weights held against their hash'],
      ),
    )
    .action(async (files: string[]) => run(files, context()))
}

async function run(files: readonly string[], { print, progress }: CommandContext): Promise<void> {
  const bad: string[] = []
  for (const file of files)
    try {
      print(`${file}: ${await kindOf(file)}`)
    } catch (error) {
      if (!(error instanceof InputError)) throw error
      bad.push(error.message)
    }
  if (bad.length === 1) throw new InputError(bad[0])
  if (bad.length === 0) return
  for (const message of bad) progress.log(`error: ${message}`)
  throw new InputError(`${bad.length} of ${files.length} are not valid`)
}

/** What a file is, in words. @throws InputError when it is not that, or nothing known */
async function kindOf(file: string): Promise<string> {
  const stats = statSync(file, { throwIfNoEntry: false })
  if (stats === undefined) throw new InputError(`${file} is not there; name a file or a folder`)
  if (stats.isDirectory()) return existsSync(join(file, 'manifest.json')) ? checkpoint(file) : results(file)
  if (/\.ya?ml$/i.test(file)) return experimentKind(file)
  if (/\.jsonl$/i.test(file)) return exampleKind(file)
  if (/\.json$/i.test(file)) return isBaseline(file) ? baselineKind(file) : results(file)
  throw new InputError(`${file} is of no known kind; wanted: .yaml, .json, .jsonl, or a folder`)
}

/** Of a torn file the other reader says what is wrong. */
const isBaseline = (file: string): boolean =>
  (readJsonIfWhole(file) as { history?: unknown } | null)?.history !== undefined

async function experimentKind(file: string): Promise<string> {
  const { loadConfig } = await import('@trivium/experiments/run')
  const { checkExperiment } = await import('@trivium/experiments')
  const { config } = loadConfig(file)
  await checkExperiment(config)
  const { name, models, references } = config
  return `experiment ${name}, models: ${[...models, ...references].map((one) => one.name).join(', ') || 'none'}`
}

async function exampleKind(file: string): Promise<string> {
  const { loadExampleFile } = await import('@trivium/corpus/node')
  const { examples: all } = await loadExampleFile(file, true)
  return `${all.length} examples`
}

async function results(file: string): Promise<string> {
  const { readResults } = await import('@trivium/experiments/run')
  const { name, models, points, partial } = readResults(file).results
  return `results of ${name}, ${models.length} models, ${points.length} points${partial === undefined ? '' : `, partial (${partial})`}`
}

async function baselineKind(file: string): Promise<string> {
  const { readBaseline } = await import('@trivium/experiments/run')
  const { history, results: accepted } = readBaseline(file)
  const { by, at, reason } = history[history.length - 1]
  return `baseline of ${accepted.name}, accepted by ${by} on ${at.slice(0, 10)}: ${reason}`
}

async function checkpoint(folder: string): Promise<string> {
  const { loadCheckpoint } = await import('@trivium/training/node')
  const { name, paradigm, step, totalSteps } = loadCheckpoint(folder).manifest
  return `checkpoint ${name}, ${paradigm}, step ${step} of ${totalSteps}`
}
