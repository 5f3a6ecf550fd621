/** @file `--until` and `--max-minutes`: a stop at a safe point that is no interruption. */
import { InputError } from '@trivium/schema'

export type DeadlineOptions = { until?: string; maxMinutes?: number }
export type Deadline = {
  /** Fires at the deadline, or with the signal that was given. */
  readonly signal: AbortSignal
  /** Whether it was the deadline that fired. */
  readonly isOver: () => boolean
  readonly release: () => void
}

/**
 * The moment to stop at; null when none was named. `--until 06:30` is the next time a clock here shows it.
 * @throws InputError when it is no time, or both are given
 */
export function deadlineOf({ until, maxMinutes }: DeadlineOptions, now: Date = new Date()): Date | null {
  if (until !== undefined && maxMinutes !== undefined)
    throw new InputError('--until and --max-minutes both say when to stop; give one of the two')
  if (maxMinutes !== undefined) return new Date(now.getTime() + maxMinutes * 60_000)
  if (until === undefined) return null
  const match = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(until)
  if (match === null) throw new InputError(`--until ${until} is no time of day; write it as 06:30 or 23:15`)
  const at = new Date(now)
  at.setHours(Number(match[1]), Number(match[2]), 0, 0)
  if (at.getTime() <= now.getTime()) at.setDate(at.getDate() + 1)
  return at
}

/** A timer holds 2³¹ − 1 ms at most; nobody plans a training of more than 24 days by the minute. */
const mostMs = 2 ** 31 - 1

/** A signal that fires at `at` as well. */
export function withDeadline(signal: AbortSignal, at: Date | null): Deadline {
  if (at === null) return { signal, isOver: () => false, release() {} }
  const stop = new AbortController()
  const timer = setTimeout(() => stop.abort(), Math.min(mostMs, Math.max(0, at.getTime() - Date.now())))
  return {
    signal: AbortSignal.any([signal, stop.signal]),
    isOver: () => stop.signal.aborted && !signal.aborted,
    release: () => clearTimeout(timer),
  }
}
