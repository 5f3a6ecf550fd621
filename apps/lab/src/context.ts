/** @file What every command gets: where data and progress go, and when to stop. */
import { type EngineName, engineNames, InputError } from '@trivium/schema'
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Progress } from './progress.ts'

export type CommandContext = {
  /** Data only; one call a line. */
  readonly print: (line: string) => void
  readonly progress: Progress
  /** Fires at Ctrl-C. Who reads it promises to stop at a safe point, and then to throw `Stopped`. */
  readonly signal: AbortSignal
  /** The command line, for provenance. */
  readonly argv: readonly string[]
}
/** Gives a command its arguments and options; before they are read, so it gets its context when it runs. */
export type Register = (command: Command, context: () => CommandContext) => void

/** Texts, tokens, steps, processes: more than a million of any is a slip of the finger. */
export function positiveInteger(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1 || value > 1e6)
    throw new InvalidArgumentError('Wanted: a whole number from 1 to 1000000.')
  return value
}

export function seedNumber(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < 0)
    throw new InvalidArgumentError('Wanted: a whole number from 0 up.')
  return value
}

export function atLeastZero(text: string): number {
  const value = Number(text)
  if (!Number.isFinite(value) || value < 0) throw new InvalidArgumentError('Wanted: 0 or more.')
  return value
}

/**
 * An option that a command cannot do without. Commander's own check comes before the one for unknown options and would
 * hide a misspelt name behind it.
 * @throws InputError when it is missing
 */
export function needed(value: string | undefined, option: string, example: string): string {
  if (value === undefined) throw new InputError(`${option} is missing; e.g. ${option} ${example}`)
  return value
}

export const jobsOption = (): Option =>
  new Option(
    '-j, --jobs <number>',
    'worker processes at a time; as many as keep the cores busy when absent',
  ).argParser(positiveInteger)

/** `auto` is the value when the option is absent; the caller says whether it is the default. */
export function engineOption(): Option {
  const known = ['auto', ...engineNames]
  let given: string | null = null
  const parse = (value: string): EngineName | 'auto' => {
    if (given !== null || value.includes(','))
      throw new InvalidArgumentError(
        `one engine a command; leave ${given === null ? 'all but one' : `'${given}' or this one`} out.`,
      )
    if (!known.includes(value)) throw new InvalidArgumentError(`use one of ${known.join(', ')}.`)
    given = value
    return value as EngineName | 'auto'
  }
  return new Option(
    '--engine <name>',
    `where tensors live: ${known.join(', ')}; auto takes the fastest here for the model's size, by measurement`,
  ).argParser(parse)
}

export const threadsOption = (): Option =>
  new Option(
    '--threads <number>',
    'of the matrix products; TRIVIUM_THREADS or 1 when absent (libtensorflow: all cores)',
  ).argParser(positiveInteger)

/** A file with a task of one's own; may stand several times. */
export const includeOption = (): Option =>
  new Option(
    '--include <file>',
    'a module whose default export is a task (TaskFamily of @trivium/tasks), or a list; repeatable',
  ).argParser((value: string, before: string[] | undefined) => [...(before ?? []), value])

/** Makes the tasks of `--include` known before anybody names one. @throws InputError */
export async function include(files: readonly string[] | undefined): Promise<void> {
  if (files === undefined) return
  const { includeTasks } = await import('@trivium/experiments')
  await includeTasks(files)
}
