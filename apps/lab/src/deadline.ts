/** @file A time by which a command has stopped at a safe point: a night's machine that others need in the morning. */
import { InputError } from '@trivium/schema'
import { type Command, InvalidArgumentError } from 'commander'

export type DeadlineOptions = { maxMinutes?: number; until?: string }

export function addDeadlineOptions(command: Command): Command {
  return command
    .option(
      '--max-minutes <number>',
      'stop after so long, with a checkpoint; the same command goes on',
      minutes,
    )
    .option('--until <HH:MM>', 'stop at that time of this or the next day, with a checkpoint', timeOfDay)
}

function minutes(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !(value > 0 && value <= 20_000))
    throw new InvalidArgumentError('Wanted: minutes, above 0, up to 20000.')
  return value
}

function timeOfDay(text: string): string {
  if (!/^([01]?\d|2[0-3]):[0-5]\d$/.test(text))
    throw new InvalidArgumentError('Wanted: a local time of day, e.g. 06:30.')
  return text
}

/**
 * The moment, ms since 1970; null without one.
 * @throws InputError when both are given
 */
export function deadlineOf({ maxMinutes, until }: DeadlineOptions, now: Date = new Date()): number | null {
  if (maxMinutes !== undefined && until !== undefined)
    throw new InputError('--max-minutes and --until say two times; leave one out')
  if (maxMinutes !== undefined) return now.getTime() + 60_000 * maxMinutes
  if (until === undefined) return null
  const [hours, mins] = until.split(':').map(Number)
  const at = new Date(now)
  at.setHours(hours, mins, 0, 0)
  // Days are not all of 24 hours.
  if (at <= now) at.setDate(at.getDate() + 1)
  return at.getTime()
}

/** Fires at `signal`, and at the moment. A timer of ours: Node 20 may collect the one inside `AbortSignal.any`. */
export function withDeadline(signal: AbortSignal, at: number | null): AbortSignal {
  if (at === null) return signal
  const controller = new AbortController()
  const stop = (): void => controller.abort()
  setTimeout(stop, Math.max(0, at - Date.now())).unref()
  signal.addEventListener('abort', stop)
  if (signal.aborted) stop()
  return controller.signal
}
