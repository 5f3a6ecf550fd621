/** @file The options that every command with an experiment file shares. */
import type { ResolvedModel } from '@trivium/experiments'
import type { LoadedConfig } from '@trivium/experiments/run'
import type { Command } from 'commander'
import {
  type CommandContext,
  engineOption,
  include,
  includeOption,
  needed,
  threadsOption,
} from './context.ts'
import { experiment } from './place.ts'

export type ExperimentOptions = {
  config?: string
  set?: string[]
  printConfig?: true
  dryRun?: true
  out?: string
  fresh?: true
  engine?: string
  threads?: number
  include?: string[]
}

/** Of an option that may stand there several times. */
export const collect = (value: string, before: string[] = []): string[] => [...before, value]

export function addExperimentOptions(command: Command): Command {
  return command
    .addOption(engineOption())
    .addOption(threadsOption())
    .addOption(includeOption())
    .option('-c, --config <file>', 'the experiment, a YAML file; - reads stdin')
    .option('--set <key=value>', 'override a key: a.b=1 sets, +a.b=1 adds, ~a.b removes; repeatable', collect)
    .option('--print-config', 'print the experiment with every default, and stop')
    .option('--dry-run', 'say what would be done, and stop')
    .option('-o, --out <folder>', 'run directory; runs/<name>/<time>-<hash> when absent')
    .option('--fresh', 'start a new run even when there is one of the same experiment')
}

/** `--engine` and `--threads` are keys of the experiment, so that the run records them. */
function engineKeys({ engine, threads }: ExperimentOptions): string[] {
  return [
    ...(engine === undefined ? [] : [`engine=${engine}`]),
    ...(threads === undefined ? [] : [`+threads=${threads}`]),
  ]
}

/**
 * The experiment, or null when the options only asked to see it.
 * @param load makes it of the file and the overrides; as it stands when absent
 * @throws InputError
 */
export async function experimentOf(
  options: ExperimentOptions,
  { print }: CommandContext,
  load?: (path: string, sets: readonly string[]) => LoadedConfig,
): Promise<LoadedConfig | null> {
  const sets = [...(options.set ?? []), ...engineKeys(options)]
  await include(options.include)
  const path = needed(options.config, '--config', experiment)
  const { loadConfig, printConfig } = await import('@trivium/experiments/run')
  const loaded = (load ?? loadConfig)(path, sets)
  if (options.printConfig !== true) return loaded
  print(printConfig(loaded.config).trimEnd())
  return null
}

/** What `--dry-run` says of one training, under its name. */
export async function trainingPlan(plan: ResolvedModel, directory: string, name: string): Promise<string> {
  const { isTrained } = await import('@trivium/experiments')
  const { totalSteps } = await import('@trivium/training')
  const { entry, backbone, training, length } = plan
  const does = isTrained(directory) ? 'trained already' : 'train'
  const { examples, tokens } = training
  const budget = examples === undefined ? `${tokens} tokens` : `${examples} examples`
  const steps = `${totalSteps(training, length)} steps of ${training.batchSize * training.accumulation}×${length}`
  return `${does}: ${name}, ${entry.paradigm}, depth ${backbone.depth}, width ${backbone.width}, ${budget} in ${steps}`
}
