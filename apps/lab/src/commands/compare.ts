/** @file `compare`: the main job. */
import { join } from 'node:path'
import { type CommandContext, examples, type Register } from '../context.ts'
import { addExperimentOptions, type ExperimentOptions, experimentOf } from '../experiment-options.ts'

type CompareOptions = ExperimentOptions & { json?: true }

export const register: Register = (program, context) => {
  addExperimentOptions(
    program
      .command('compare')
      .description('train what is not cached, evaluate, time, and write results, charts and report'),
  )
    .option('--json', 'print the paths as JSON')
    .addHelpText(
      'after',
      examples(
        [
          'compare --config configs/demo.yaml',
          'the demo: three fresh models and three that ship with the repository',
        ],
        [
          'compare -c configs/demo.yaml --set evaluation.samples=8 --set "evaluation.steps=[8, 32]"',
          'a coarse sweep; trained models are reused',
        ],
        ['compare -c configs/demo.yaml --dry-run', 'what would be done'],
      ),
    )
    .action(async (options: CompareOptions) => run(options, context()))
}

const stageWords = {
  train: (n: number) => `training ${n} model${n === 1 ? '' : 's'}`,
  evaluate: (n: number) => `evaluating ${n} model${n === 1 ? '' : 's'}`,
  latency: () => 'timing every point, interleaved',
  report: () => 'writing the report',
} as const

async function run(
  options: CompareOptions,
  { print, progress, signal, argv }: CommandContext,
): Promise<void> {
  const loaded = await experimentOf(options, { print, progress, signal, argv })
  if (loaded === null) return
  const { compare } = await import('../pipeline/compare.ts')
  const { claimRun, openRun, withStatus, writeJson } = await import('../runs.ts')
  const { trainingUpdate } = await import('../updates.ts')
  const directory = openRun(loaded, options)
  claimRun(directory)
  progress.log(`run: ${directory}`)
  const outcome = await withStatus(directory, () =>
    compare(
      { config: loaded.config, directory, argv },
      {
        signal,
        log: (line) => progress.log(line),
        onStage(stage, left) {
          progress.settle()
          progress.log(stageWords[stage](left))
        },
        onTraining: (model, update) => progress.update(model, trainingUpdate(update)),
        onEvaluation: (model, update) => progress.update(model, update),
      },
    ),
  )
  progress.settle()
  if (!outcome.finished) return
  writeJson(join(directory, 'provenance.json'), outcome.results.provenance)
  const { html, summary } = outcome.files
  const results = join(directory, 'results.json')
  print(options.json === true ? JSON.stringify({ directory, results, report: html, summary }) : html)
}
