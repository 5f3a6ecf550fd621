/** @file What `compare` and `sweep` do with experiments: plan them, run each in its directory, and say where the report is. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { CheckedExperiment, CompareHooks, KeptModel } from '@trivium/experiments'
import type { QueueCarrier } from '@trivium/experiments/queue'
import type { LoadedConfig } from '@trivium/experiments/run'
import type { ReportFiles } from '@trivium/report/node'
import { type ExperimentConfig, Stopped } from '@trivium/schema'
import type { CommandContext } from './context.ts'
import { type ExperimentOptions, trainingPlan } from './experiment-options.ts'

export type RunOptions = ExperimentOptions & {
  jobs?: number
  json?: true
  save?: string
  limit?: number
  /** Whether every point is timed; true when absent. */
  timing?: boolean
  /** The Redis that carries trainings and evaluations to workers. */
  queue?: string
}

const stageWords = {
  train: (n: number) => `training ${n} model${n === 1 ? '' : 's'}`,
  evaluate: (n: number) => `evaluating ${n} model${n === 1 ? '' : 's'}`,
  oracle: (n: number) => `drawing ${n} point${n === 1 ? '' : 's'} with the exact denoiser`,
  latency: () => 'timing every point, interleaved',
  report: () => 'writing the report',
} as const

/** A finished run: its directory, its results.json, and its report. */
type Finished = { readonly directory: string; readonly results: string; readonly files: ReportFiles }

/** @throws InputError, RuntimeFailure; Stopped when interrupted */
export async function runExperiment(
  loaded: LoadedConfig,
  options: RunOptions,
  context: CommandContext,
): Promise<void> {
  const finished = await finishExperiment(loaded, options, context)
  if (finished !== null) tell(finished, options, context)
}

/**
 * Several experiments, each in its own directory, and one report of all of them.
 * @param report folder of the report
 * @throws InputError, RuntimeFailure; Stopped when interrupted
 */
export async function runExperiments(
  all: readonly LoadedConfig[],
  { report, ...options }: RunOptions & { readonly report: string },
  context: CommandContext,
): Promise<void> {
  const { checkExperiment } = await import('@trivium/experiments')
  // What is wrong with the last is said before the first has taken an hour.
  for (const { config } of all) await checkExperiment(config)
  const runs: Finished[] = []
  for (const loaded of all) {
    context.progress.log(`experiment: ${loaded.config.name}`)
    const finished = await finishExperiment(loaded, options, context)
    if (finished !== null) runs.push(finished)
  }
  if (runs.length === 0) return
  const { readResults } = await import('@trivium/experiments/run')
  const { buildReport } = await import('@trivium/report/node')
  const results = runs.map((run) => readResults(run.results).results)
  const files = await buildReport(results, report, { signal: context.signal })
  tell({ directory: report, results: runs.map((run) => run.results), files }, options, context)
}

function tell(
  { directory, results, files }: Omit<Finished, 'results'> & { readonly results: string | readonly string[] },
  { json }: RunOptions,
  { print }: CommandContext,
): void {
  const { html, summary } = files
  print(json === true ? JSON.stringify({ directory, results, report: html, summary }) : html)
}

/** null when the options only asked what would be done */
async function finishExperiment(
  loaded: LoadedConfig,
  options: RunOptions,
  context: CommandContext,
): Promise<Finished | null> {
  const { checkExperiment, findKeptModels } = await import('@trivium/experiments')
  if (options.save !== undefined) {
    // Not after an hour.
    const { checkFile } = await import('@trivium/files')
    checkFile(options.save)
  }
  const { locateRun } = await import('@trivium/experiments/run')
  const checked = await checkExperiment({
    ...loaded.config,
    ...(options.jobs !== undefined && { jobs: options.jobs }),
  })
  const directory = locateRun(loaded, options)
  const kept = await findKeptModels(loaded.config, directory, options)
  if (options.dryRun === true) {
    await printPlan(checked, directory, kept, context)
    return null
  }
  const files = await runHere(loaded, checked.config, { ...options, directory, kept }, context)
  if (files === null) throw new Stopped()
  const results = join(directory, 'results.json')
  if (options.save !== undefined) await saveCompact(results, options.save)
  return { directory, results, files }
}

/** @throws RuntimeFailure when the file cannot be written */
async function saveCompact(path: string, to: string): Promise<void> {
  const { compactResults, readResults } = await import('@trivium/experiments/run')
  const { makeFolder, writeAtomically } = await import('@trivium/files')
  makeFolder(dirname(to))
  writeAtomically(to, `${JSON.stringify(compactResults(readResults(path).results), null, 1)}\n`)
}

async function printPlan(
  { plans, config }: CheckedExperiment,
  directory: string,
  kept: readonly KeptModel[],
  { print }: CommandContext,
): Promise<void> {
  print(`run: ${directory}${existsSync(directory) ? '' : ' (new)'}`)
  const { modelDirectory, trainingsOf } = await import('@trivium/experiments')
  for (const { name, entry } of trainingsOf(config)) {
    const plan = plans.find((one) => one.entry.name === entry.name)
    const run = kept.find((model) => model.name === name)?.run ?? directory
    if (plan !== undefined) print(await trainingPlan(plan, modelDirectory(run, name), name))
  }
  for (const { name, checkpoint } of config.references) print(`reference: ${name}, ${checkpoint}`)
  const { samples, length, steps } = config.evaluation
  // Named samplers have their own steps.
  const swept = [...config.models, ...config.references].some(({ samplers }) => samplers === undefined)
  const over = swept ? `, steps ${steps.join(', ')}` : ''
  print(`evaluate: ${samples} texts of ${length} tokens a point${over}`)
}

/** The report; null when interrupted. */
async function runHere(
  loaded: LoadedConfig,
  config: ExperimentConfig,
  { directory, kept, limit, timing, queue }: RunOptions & { directory: string; kept: readonly KeptModel[] },
  { progress, signal, argv }: CommandContext,
): Promise<ReportFiles | null> {
  const { compare, modelDirectory, takeKeptModels, trainingsOf } = await import('@trivium/experiments')
  const { claimRun, openRun } = await import('@trivium/experiments/run')
  const { trainingUpdate } = await import('./updates.ts')
  const hooks: CompareHooks = {
    signal,
    log: (line) => progress.log(line),
    onStage(stage, left) {
      progress.settle()
      progress.log(stageWords[stage](left))
    },
    onTraining: (model, update) => progress.update(model, trainingUpdate(update)),
    onEvaluation: (model, update) => progress.update(model, update),
  }
  // Before anything is written: a Redis that is away is no run.
  const carrier = queue === undefined ? null : await carrierOf(queue, directory, progress.log)
  const work = async (): Promise<{ finished: boolean; files: ReportFiles | null }> => {
    openRun(loaded, { out: directory })
    progress.log(`run: ${directory}`)
    for (const { name, run } of kept) progress.log(`trained already: ${name}, taken from ${run}`)
    takeKeptModels(kept, directory)
    const options = { config, directory, argv, limit, timing, carrier: carrier?.run }
    const outcome = await compare(options, hooks)
    if (!outcome.finished) return { finished: false, files: null }
    const { buildReport } = await import('@trivium/report/node')
    return { finished: true, files: await buildReport(outcome.results, directory, { signal }) }
  }
  const also = trainingsOf(config).map(({ name }) => modelDirectory(directory, name))
  const { files } = await claimRun(directory, work, { also, signal }).finally(() => carrier?.close())
  progress.settle()
  return files
}

async function carrierOf(url: string, directory: string, log: (line: string) => void): Promise<QueueCarrier> {
  const { queueCarrier } = await import('@trivium/experiments/queue')
  return queueCarrier(url, directory, log)
}
