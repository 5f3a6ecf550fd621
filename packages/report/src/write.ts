/** @file Files that are whole or absent: temporary name, fsync, rename. */
import { open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

let serial = 0

/** Writes a file atomically; on any failure the old file stays and the temporary one is removed. */
export async function writeAtomic(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}-${serial++}.tmp`)
  try {
    const handle = await open(temporary, 'wx')
    try {
      await handle.writeFile(content)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}
