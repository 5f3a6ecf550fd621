/**
 * @file The commands as `trivium --help` lists them. What a command takes and does is loaded when it is named, so that a help
 * costs what it shows.
 */
import type { Register } from './context.ts'

type CommandRow = {
  readonly name: string
  readonly does: string
  /** Its arguments, as usage shows them. */
  readonly takes?: string
  readonly load: () => Promise<{ register: Register }>
}

export const commandRows: readonly CommandRow[] = [
  {
    name: 'doctor',
    does: 'which engines load here, which do not and why, how fast they are and which one auto takes, and the datasets at hand',
    load: () => import('./commands/doctor.ts'),
  },
  {
    name: 'train',
    does: 'train one model; goes on where an earlier run of the same experiment stopped',
    load: () => import('./commands/train.ts'),
  },
  {
    name: 'sample',
    does: 'write text with one model: free, from a prompt, or into a gap',
    load: () => import('./commands/sample.ts'),
  },
  {
    name: 'eval',
    does: 'likelihood, quality by steps and latency of one model',
    load: () => import('./commands/eval.ts'),
  },
  {
    name: 'tune',
    does: 'the best sampler and temperature of each of some models, found with as many trials each on validation data',
    load: () => import('./commands/tune.ts'),
  },
  {
    name: 'compare',
    does: 'train what is not cached, evaluate, time, and write results, charts and report; or the differences of two runs',
    takes: '[run...]',
    load: () => import('./commands/compare.ts'),
  },
  {
    name: 'sweep',
    does: 'train and evaluate an experiment over a grid of settings and seeds, with one report over all trials',
    load: () => import('./commands/sweep.ts'),
  },
  {
    name: 'worker',
    does: 'take trainings and evaluations from a queue and do them on this machine',
    load: () => import('./commands/worker.ts'),
  },
  {
    name: 'report',
    does: '(re)build report.html, figures and summary.md from result files',
    takes: '<run...>',
    load: () => import('./commands/report.ts'),
  },
  {
    name: 'gate',
    does: 'fail when a run is worse than an accepted baseline, beyond noise and tolerance',
    takes: '<run>',
    load: () => import('./commands/gate.ts'),
  },
  {
    name: 'baseline',
    does: 'accept what a run measured as the baseline of a gate, with a reason',
    takes: '<action> <run>',
    load: () => import('./commands/baseline.ts'),
  },
  {
    name: 'export',
    does: 'results in the layout of other tools: Every Eval Ever, lm-evaluation-harness, CSV',
    takes: '<run>',
    load: () => import('./commands/export.ts'),
  },
  {
    name: 'ls',
    does: 'list engines, datasets, tasks, samplers, metrics, models or runs',
    takes: '<what>',
    load: () => import('./commands/ls.ts'),
  },
  {
    name: 'validate',
    does: 'check experiments, suites, results, baselines, examples and checkpoints before they are used',
    takes: '<file...>',
    load: () => import('./commands/validate.ts'),
  },
  {
    name: 'data',
    does: 'prepare a dataset, check its sha256, and show its splits; or show examples of a task',
    takes: '<name>',
    load: () => import('./commands/data.ts'),
  },
]
