/**
 * @file Locks of folders between processes. A folder's lock is the highest of its numbered entries `.lock-<n>/owner.json`, and
 * whoever makes the next one has it: a folder with something in it cannot be renamed onto another (which, unlike a link, every
 * file system knows), so of two that find a stale lock one wins. The highest is never removed, only marked free, so that
 * no number comes twice.
 */
import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { InputError, parseJson } from '@trivium/schema'
import { z } from 'zod'
import { asFailure, discard, makeFolder, writeDurably, writeJson } from './atomic.ts'
import { hasEnded, type ProcessIdentity, processIdentitySchema, thisProcess } from './process.ts'

export type Lock = { readonly release: () => void }

type Entry = { readonly number: number; readonly path: string }
const ownerSchema: z.ZodType<{ owner: ProcessIdentity | null }> = z.strictObject({
  owner: processIdentitySchema.nullable(),
})

/**
 * Takes the lock of a folder, which is made where it is missing. It is held until `release` or until this process ends.
 * @throws InputError when another process, or this one, holds it
 */
export function lockFolder(folder: string): Lock {
  const own = thisProcess()
  try {
    makeFolder(folder)
    for (;;) {
      const current = highest(folder)
      if (current !== null) refuseHeld(folder, current, own)
      const next = entryOf(folder, (current?.number ?? 0) + 1)
      if (!create(next, own)) continue
      // Between the look and the link others may have come, gone and tidied up: then the number is of the past.
      if (highest(folder)?.number === next.number) return heldLock(folder, next)
      discard(next.path)
    }
  } catch (error) {
    throw error instanceof InputError ? error : asFailure(error, folder)
  }
}

/** Whether a process that may still live holds the lock of a folder. */
export function isLocked(folder: string): boolean {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return false
  const current = highest(folder)
  const owner = current === null ? null : ownerOf(current)
  return owner !== null && !hasEnded(owner)
}

/** Whether a path is part of a lock, which no copy of a folder takes along. */
export const isLockEntry = (path: string): boolean => /^\.lock-\d+(\..*)?$/.test(basename(path))

/** Takes the locks of all folders or of none. @throws InputError when one is held */
export function lockFolders(folders: readonly string[]): Lock {
  const locks: Lock[] = []
  const release = (): void => {
    for (const lock of locks) lock.release()
  }
  try {
    for (const folder of folders) locks.push(lockFolder(folder))
  } catch (error) {
    release()
    throw error
  }
  return { release }
}

function heldLock(folder: string, held: Entry): Lock {
  for (const { number, path } of entriesOf(folder)) if (number < held.number) discard(path)
  return {
    release() {
      try {
        writeJson(ownerFile(held), { owner: null })
      } catch {
        // The folder is gone or the disk is full: it is free when this process has ended.
      }
    },
  }
}

function refuseHeld(folder: string, entry: Entry, own: ProcessIdentity): void {
  const owner = ownerOf(entry)
  if (owner === null || hasEnded(owner, own)) return
  const near = owner.host === own.host && owner.pidNamespace === own.pidNamespace
  throw new InputError(
    near
      ? `process ${owner.pid} is working in ${folder}; wait for it, or start a new run with --fresh`
      : `process ${owner.pid} of another host or container (${owner.host}) is working in ${folder}; wait for it, start a new run with --fresh, or remove ${entry.path} if it has ended`,
  )
}

/** null when it is free: released, tidied up meanwhile, or torn by a crash of the machine, which no process survived. */
function ownerOf(entry: Entry): ProcessIdentity | null {
  let text: string
  try {
    text = readFileSync(ownerFile(entry), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
  try {
    return ownerSchema.parse(parseJson(text, entry.path, '')).owner
  } catch {
    return null
  }
}

/** False when the number is taken. The entry appears with its content, so nobody reads a half one. */
function create(entry: Entry, owner: ProcessIdentity): boolean {
  const temporary = temporaryOf(entry)
  try {
    mkdirSync(temporary)
    writeDurably(ownerFile({ path: temporary }), JSON.stringify({ owner }))
    renameSync(temporary, entry.path)
    return true
  } catch (error) {
    discard(temporary)
    if (['EEXIST', 'ENOTEMPTY'].includes((error as NodeJS.ErrnoException).code ?? '')) return false
    throw error
  }
}

const ownerFile = ({ path }: Pick<Entry, 'path'>): string => join(path, 'owner.json')

/** Of this process alone: two containers may have processes of one id. */
const temporaryOf = ({ path }: Entry): string => `${path}.${randomUUID()}.tmp`

const entryOf = (folder: string, number: number): Entry => ({ number, path: join(folder, `.lock-${number}`) })

function entriesOf(folder: string): Entry[] {
  return readdirSync(folder).flatMap((name) => {
    const number = /^\.lock-(\d+)$/.exec(name)?.[1]
    return number === undefined ? [] : [entryOf(folder, Number(number))]
  })
}

/** null when the folder was never locked. */
function highest(folder: string): Entry | null {
  return entriesOf(folder).reduce<Entry | null>(
    (top, entry) => (top === null || entry.number > top.number ? entry : top),
    null,
  )
}
