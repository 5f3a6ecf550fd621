/** @file Atomic files: a reader sees the old bytes or the new ones, never half of them. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { RuntimeFailure } from '@trivium/schema'
import { isStream } from './place.ts'

/** Writes all bytes and flushes them to the disk. */
export function writeDurably(path: string, bytes: Uint8Array | string): void {
  const file = openSync(path, 'w')
  try {
    writeAll(file, bytes)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

function writeAll(file: number, bytes: Uint8Array | string): void {
  const data = typeof bytes === 'string' ? Buffer.from(bytes) : bytes
  for (let at = 0; at < data.length; ) at += writeSync(file, data, at)
}

/** The folder and those above it. Node's own recursive mkdir never returns in /proc, where no folder can be. */
export function makeFolder(path: string): void {
  if (existsSync(path)) return
  makeFolder(dirname(path))
  try {
    mkdirSync(path)
  } catch (error) {
    // Another process may have been faster.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

/**
 * Writes through a temporary name in the same folder, then renames. A link keeps pointing where it points. What is no file
 * (a pipe, a device, `/dev/fd/3`) is not replaced by one: the bytes go into it.
 * @throws RuntimeFailure on a full disk or a read-only folder; the old file stays and the temporary one is removed.
 */
export function writeAtomically(path: string, bytes: Uint8Array | string): void {
  if (isStream(path)) {
    writeStream(path, bytes)
    return
  }
  const target = targetOf(path)
  const temporary = `${target}.${process.pid}.tmp`
  try {
    makeFolder(dirname(target))
    writeDurably(temporary, bytes)
    renameSync(temporary, target)
  } catch (error) {
    discard(temporary)
    throw asFailure(error, path)
  }
}

/** Removes what a failed write left, as far as it can: the failure is what is to be told. */
export function discard(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true })
  } catch {
    // The same place that could not be written.
  }
}

/** Appends, since `/dev/fd/3` may be a file that holds something already. A reader that has left is no error. */
function writeStream(path: string, bytes: Uint8Array | string): void {
  try {
    const stream = openSync(path, 'a')
    try {
      writeAll(stream, bytes)
    } finally {
      closeSync(stream)
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw asFailure(error, path)
  }
}

function targetOf(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

/** One clear line for what the file system refuses. */
export function asFailure(error: unknown, path: string): Error {
  const code = (error as NodeJS.ErrnoException).code
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new RuntimeFailure(
      `the disk is full: ${path} could not be written and what was there before is intact; free some space and run again`,
    )
  if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM')
    return new RuntimeFailure(
      `${path} may not be written (${code}); choose another place or change its permissions`,
    )
  if (code !== undefined)
    return new RuntimeFailure(`${path} could not be written (${code}); choose another place`)
  return error instanceof Error ? error : new Error(String(error))
}

/** Whole or not at all. @throws RuntimeFailure on a full disk; the old file stays */
export function writeJson(path: string, value: unknown): void {
  writeAtomically(path, `${JSON.stringify(value, null, 2)}\n`)
}
