/** @file `baseline`: what a gate holds runs against, accepted by somebody for a reason. */
import { InputError } from '@trivium/schema'
import { Argument } from 'commander'
import { type CommandContext, needed, type Register } from '../context.ts'
import { examples } from '../text.ts'

type BaselineOptions = { reason?: string; baseline?: string }

export const register: Register = (command, context) => {
  command
    .addArgument(new Argument('<action>', 'what to do').choices(['accept']))
    .argument('<run>', 'a run directory, or a results.json')
    .option('--reason <text>', 'what has changed, and why that is right')
    .option('--baseline <file>', 'where it is written')
    .addHelpText(
      'after',
      examples(
        [
          'baseline accept runs/smoke/20260131T120000Z-0a1b2c3d --baseline baselines/smoke.json --reason "a better sampler"',
          'what was measured there is the new mark',
        ],
        [
          'baseline accept results.json --baseline baselines/smoke.json --reason "first"',
          'somebody else’s results',
        ],
      ),
    )
    .action(async (_: 'accept', run: string, options: BaselineOptions) => accept(run, options, context()))
}

async function accept(
  run: string,
  options: BaselineOptions,
  { print, progress }: CommandContext,
): Promise<void> {
  const path = needed(options.baseline, '--baseline', 'baselines/smoke.json')
  if (options.reason === undefined)
    throw new InputError(
      '--reason is missing; e.g. --reason "a better sampler": who reads the baseline will ask',
    )
  const { acceptBaseline } = await import('@trivium/experiments/run')
  const { history } = acceptBaseline(run, path, options.reason)
  const { by, reason } = history[history.length - 1]
  progress.log(`accepted by ${by}: ${reason}`)
  print(path)
}
