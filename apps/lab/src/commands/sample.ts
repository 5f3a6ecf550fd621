/** @file `sample`: text from one checkpoint. */
import { checkFile, writeAtomically } from '@trivium/files'
import { type EngineName, InputError } from '@trivium/schema'
import {
  atLeastZero,
  type CommandContext,
  engineOption,
  needed,
  positiveInteger,
  type Register,
  seedNumber,
  threadsOption,
} from '../context.ts'
import { fillOf } from '../fill.ts'
import { checkpoints } from '../place.ts'
import { parseSampler } from '../sampler-text.ts'
import { examples } from '../text.ts'

type SampleCommandOptions = {
  checkpoint?: string
  engine: EngineName | 'auto'
  threads?: number
  prompt?: string
  suffix?: string
  infill?: string
  length?: number
  steps?: number
  sampler?: string
  temperature?: number
  seed: number
  samples: number
  trace?: string
  stop?: string[]
  logprobs?: number
  json?: true
}

export const register: Register = (command, context) => {
  command
    .option('--checkpoint <folder>', 'the model')
    .option('-p, --prompt <text>', 'given text before')
    .option('--suffix <text>', 'given text after')
    .option('--infill <text>', 'given text around a gap of so many tokens: "a [[12]] b"')
    .option('-l, --length <tokens>', 'tokens to write; up to the context when absent', positiveInteger)
    .option(
      '--sampler <name>',
      'e.g. low-confidence or ancestral:steps=32,temperature=0.8; see `ls samplers`',
    )
    .option('--steps <number>', 'denoising steps', positiveInteger)
    .option('--temperature <number>', 'divides the logits; 0 takes the likeliest', atLeastZero)
    .option('--seed <number>', 'the same seed writes the same text', seedNumber, 1)
    .option('-n, --samples <number>', 'how many texts', positiveInteger, 1)
    .option(
      '--trace <file>',
      'write every step of the first text as JSON lines, into a file, a pipe or a device',
    )
    .option('--stop <text...>', 'a text ends with the first of these that it writes')
    .option(
      '--logprobs <n>',
      'with --json: log-probabilities of each written token and of the n likeliest',
      atLeastZero,
    )
    .option('--json', 'print texts, sampler and cost as JSON')
    .addOption(engineOption().default('auto'))
    .addOption(threadsOption())
    .addHelpText(
      'after',
      examples(
        [
          `sample --checkpoint ${checkpoints}/sotu-ar --prompt "we the people " --length 100`,
          'go on after a prompt',
        ],
        [
          `sample --checkpoint ${checkpoints}/sotu-masked --infill "the state of [[12]] is strong" --steps 12`,
          'fill a gap',
        ],
        [
          `sample --checkpoint ${checkpoints}/sotu-continuous --sampler ddim:steps=32 -n 4 --json`,
          'four texts and what they cost',
        ],
      ),
    )
    .action(async (options: SampleCommandOptions) => run(options, context()))
}

async function run(options: SampleCommandOptions, context: CommandContext): Promise<void> {
  const { print, progress } = context
  const { steps, temperature, trace, engine, threads, samples, seed } = options
  const checkpoint = needed(options.checkpoint, '--checkpoint', `${checkpoints}/sotu-ar`)
  if (trace !== undefined) checkFile(trace)
  if (options.logprobs !== undefined && options.json !== true)
    throw new InputError('--logprobs are printed as JSON; add --json')
  const fill = fillOf(options)
  const defaults = {
    ...(steps !== undefined && { steps }),
    ...(temperature !== undefined && { temperature }),
  }
  const sampler = options.sampler === undefined ? undefined : parseSampler(options.sampler, defaults)
  const { sample } = await import('@trivium/experiments')
  const result = await sample({
    checkpoint,
    engine,
    threads,
    ...fill,
    sampler,
    ...defaults,
    samples,
    seed,
    trace: trace !== undefined,
    stop: options.stop,
    logprobs: options.logprobs,
    log: progress.log,
    signal: context.signal,
  })
  if (trace !== undefined)
    writeAtomically(trace, result.trace.map((event) => `${JSON.stringify(event)}\n`).join(''))
  if (options.json === true) {
    const { trace: _, ...rest } = result
    print(JSON.stringify(rest))
  } else for (const { text } of result.texts) print(text)
}
