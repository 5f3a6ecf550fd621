/** @file Atomic files: a reader sees the old bytes or the new ones, never half of them. */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { RuntimeFailure } from '@trivium/schema'

/** Writes all bytes and flushes them to the disk. */
export function writeDurably(path: string, bytes: Uint8Array | string): void {
  const data = typeof bytes === 'string' ? Buffer.from(bytes) : bytes
  const file = openSync(path, 'w')
  try {
    for (let at = 0; at < data.length; ) at += writeSync(file, data, at)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** The folder and those above it. Node's own recursive mkdir never returns in /proc. */
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
 * Writes through a temporary name in the same folder, then renames.
 * @throws RuntimeFailure on a full disk or where no file can be; the old file stays and the temporary one is removed.
 */
export function writeAtomically(path: string, bytes: Uint8Array | string): void {
  const temporary = `${path}.${process.pid}.tmp`
  try {
    makeFolder(dirname(path))
    writeDurably(temporary, bytes)
    renameSync(temporary, path)
  } catch (error) {
    if (existsSync(temporary)) rmSync(temporary)
    throw asFailure(error, path)
  }
}

const forbidden: ReadonlySet<string> = new Set(['EACCES', 'EROFS', 'EPERM'])
/** A file, or nothing at all, where a folder has to be. */
const noPlace: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR'])

/** One clear line for what the file system refuses. */
export function asFailure(error: unknown, path: string): Error {
  const { code = '' } = error as NodeJS.ErrnoException
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new RuntimeFailure(
      `the disk is full: ${path} could not be written and what was there before is intact; free some space and run again`,
    )
  if (forbidden.has(code))
    return new RuntimeFailure(
      `${path} may not be written (${code}); choose another folder or change its permissions`,
    )
  if (noPlace.has(code))
    return new RuntimeFailure(
      `${path} cannot be written (${code}): there can be no such folder; choose another`,
    )
  return error instanceof Error ? error : new Error(String(error))
}

/** Whole or not at all. @throws RuntimeFailure on a full disk; the old file stays */
export function writeJson(path: string, value: unknown): void {
  writeAtomically(path, `${JSON.stringify(value, null, 2)}\n`)
}
