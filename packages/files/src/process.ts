/** @file Which process this is and whether another still lives, told apart from one that got its id later. */
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { z } from 'zod'

/** A process as others can recognise it. What a system does not tell is null. */
export type ProcessIdentity = {
  readonly host: string
  /** Of the running kernel: another one after a restart of the machine. */
  readonly boot: string | null
  /** Ids count anew in every container. */
  readonly pidNamespace: string | null
  readonly pid: number
  /** Clock ticks from boot to its start (field 22 of /proc/<pid>/stat). */
  readonly startTicks: string | null
}

export const processIdentitySchema: z.ZodType<ProcessIdentity> = z.strictObject({
  host: z.string(),
  boot: z.string().nullable(),
  pidNamespace: z.string().nullable(),
  pid: z.number().int().positive(),
  startTicks: z.string().nullable(),
})

export function thisProcess(): ProcessIdentity {
  return {
    host: hostname(),
    boot: orNull(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    pidNamespace: orNull(() => readlinkSync('/proc/self/ns/pid')),
    pid: process.pid,
    startTicks: startTicksOf(process.pid),
  }
}

/** Whether a process of this machine has the id, whoever owns it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/**
 * Whether the process is known to have ended. Of one on another host or in another container nothing is known, so it
 * counts as living; a restart of this machine has ended all.
 */
export function hasEnded(other: ProcessIdentity, own: ProcessIdentity = thisProcess()): boolean {
  if (other.host !== own.host) return false
  if (other.boot !== own.boot) return true
  if (other.pidNamespace !== own.pidNamespace) return false
  if (!isAlive(other.pid)) return true
  return other.startTicks !== null && startTicksOf(other.pid) !== other.startTicks
}

/**
 * null where there is no /proc, and for a process that has ended and is not yet waited for. The name in field 2 may hold
 * spaces and brackets, so fields count from its end.
 */
function startTicksOf(pid: number): string | null {
  const text = orNull(() => readFileSync(`/proc/${pid}/stat`, 'utf8'))
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ')
  return fields === undefined || fields[0] === 'Z' ? null : fields[19]
}

function orNull<T>(read: () => T): T | null {
  try {
    return read()
  } catch {
    return null
  }
}
