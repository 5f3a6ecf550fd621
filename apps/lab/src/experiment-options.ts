/** @file The options that every command with an experiment file shares. */
import type { Command } from 'commander'
import { stringify } from 'yaml'
import { type LoadedConfig, loadConfig } from './config.ts'
import { type CommandContext, engineOption, needed, threadsOption } from './context.ts'

export type ExperimentOptions = {
  config?: string
  set: string[]
  printConfig?: true
  dryRun?: true
  out?: string
  fresh?: true
  engine?: string
  threads?: number
}

export function addExperimentOptions(command: Command): Command {
  const collect = (value: string, before: string[]): string[] => [...before, value]
  return command
    .addOption(engineOption())
    .addOption(threadsOption())
    .option('-c, --config <file>', 'the experiment, a YAML file')
    .option(
      '--set <key=value>',
      'override a key: a.b=1 sets, +a.b=1 adds, ~a.b removes; repeatable',
      collect,
      [],
    )
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

/** The experiment, or null when the options only asked to see it. @throws InputError */
export async function experimentOf(
  options: ExperimentOptions,
  { print }: CommandContext,
): Promise<LoadedConfig | null> {
  const loaded = loadConfig(needed(options.config, '--config', 'configs/demo.yaml'), [
    ...options.set,
    ...engineKeys(options),
  ])
  const { config } = loaded
  if (options.printConfig === true) {
    print(stringify(config).trimEnd())
    return null
  }
  // Resolving every model finds what no schema can: a row longer than the context, a width that does not split.
  const { resolveModel } = await import('./pipeline/resolve.ts')
  const { totalSteps } = await import('@trivium/training')
  const plans = config.models.map((entry) => resolveModel(config, entry))
  if (options.dryRun !== true) return loaded
  for (const { entry, backbone, training, length } of plans)
    print(
      `train ${entry.name}: ${entry.paradigm}, depth ${backbone.depth}, width ${backbone.width}, ${training.tokens} tokens in ${totalSteps(training, length)} steps of ${training.batchSize * training.accumulation}×${length}`,
    )
  for (const { name, checkpoint } of config.references) print(`reference ${name}: ${checkpoint}`)
  print(`evaluate: ${config.evaluation.samples} texts a point, steps ${config.evaluation.steps.join(', ')}`)
  return null
}
