/** @file Atomic files: a reader sees the old bytes or the new ones, never half of them. */
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
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

/**
 * Writes through a temporary name in the same folder, then renames.
 * @throws RuntimeFailure on a full disk or a read-only folder; the old file stays and the temporary one is removed.
 */
export function writeAtomically(path: string, bytes: Uint8Array | string): void {
  const temporary = `${path}.${process.pid}.tmp`
  try {
    mkdirSync(dirname(path), { recursive: true })
    writeDurably(temporary, bytes)
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw asFailure(error, path)
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
      `${path} may not be written (${code}); choose another --out or change its permissions`,
    )
  if (code !== undefined)
    return new RuntimeFailure(`${path} could not be written (${code}); choose another place`)
  return error instanceof Error ? error : new Error(String(error))
}

/** Whole or not at all. @throws RuntimeFailure on a full disk; the old file stays */
export function writeJson(path: string, value: unknown): void {
  writeAtomically(path, `${JSON.stringify(value, null, 2)}\n`)
}
