/** @file What a place is, and whether something can be written there: asked before the work that is to be saved. */
import { accessSync, constants, type Stats, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { InputError } from '@trivium/schema'

/**
 * Makes nothing.
 * @throws InputError when no folder can be at `path`, or nothing can be written into it
 */
export function checkFolder(path: string): void {
  const { at, stats } = nearest(path)
  if (!stats.isDirectory())
    throw new InputError(`${path} cannot be a folder: ${at} is a file; choose another place`)
  try {
    accessSync(at, constants.W_OK | constants.X_OK)
  } catch (error) {
    throw refusal(path, at, error)
  }
}

/**
 * Makes nothing.
 * @throws InputError when no file can be written at `path`
 */
export function checkFile(path: string): void {
  if (isStream(path)) return
  const { at, stats } = nearest(path)
  if (at === resolve(path) && stats.isDirectory())
    throw new InputError(`${path} is a folder; name a file in it`)
  checkFolder(dirname(resolve(path)))
}

/** A pipe, a socket or a device; also an open file by its number, as in `/dev/fd/3`. */
export function isStream(path: string): boolean {
  let stats: Stats | undefined
  try {
    stats = statSync(path)
  } catch {
    return false
  }
  if (stats.isDirectory()) return false
  return !stats.isFile() || /^\/(?:dev\/(?:fd\/|std(?:in|out|err)$)|proc\/)/.test(resolve(path))
}

/** The place itself, or the nearest one above it that is there. */
function nearest(path: string): { at: string; stats: Stats } {
  let at = resolve(path)
  for (;;)
    try {
      return { at, stats: statSync(at) }
    } catch (error) {
      // ENOTDIR: a file stands above, which the next turn finds.
      if (!['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? ''))
        throw refusal(path, at, error)
      at = dirname(at)
    }
}

function refusal(path: string, at: string, error: unknown): InputError {
  const why = (error as NodeJS.ErrnoException).code ?? String(error)
  return new InputError(
    `nothing can be written to ${path} (${why}${at === resolve(path) ? '' : ` at ${at}`}); choose another place or change its permissions`,
  )
}
