/** @file Files through Redis in chunks, for machines without a common folder. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'
import { isLockEntry, sha256, writeAtomically } from '@trivium/files'
import { RuntimeFailure } from '@trivium/schema'
import type { Redis } from 'ioredis'
import { z } from 'zod'

const chunkBytes = 1 << 20
/** What nobody fetched is gone after a week. */
const keptSeconds = 7 * 24 * 3600

const listSchema = z.array(
  z.strictObject({ path: z.string().min(1), sha256: z.string(), chunks: z.number().int().min(0) }),
)
const listKey = (name: string): string => `trivium:files:${name}`
const chunkKey = (name: string, file: number, chunk: number): string => `${listKey(name)}:${file}:${chunk}`

/** Puts every file of a folder on the queue; the list of them comes last, so what is listed is whole. */
export async function putFolder(redis: Redis, name: string, folder: string): Promise<void> {
  const list: z.infer<typeof listSchema> = []
  for (const path of filesOf(folder)) {
    const bytes = readFileSync(join(folder, path))
    const chunks = Math.ceil(bytes.length / chunkBytes)
    for (let c = 0; c < chunks; c++) {
      const chunk = bytes.subarray(c * chunkBytes, (c + 1) * chunkBytes)
      await redis.set(chunkKey(name, list.length, c), chunk, 'EX', keptSeconds)
    }
    list.push({ path: path.split(sep).join('/'), sha256: sha256(bytes), chunks })
  }
  await redis.set(listKey(name), JSON.stringify(list), 'EX', keptSeconds)
}

export const hasFolder = async (redis: Redis, name: string): Promise<boolean> =>
  (await redis.exists(listKey(name))) === 1

/**
 * Writes the files into a folder, each whole or not at all.
 * @throws RuntimeFailure when they are gone, damaged, or would stand outside of the folder
 */
export async function getFolder(redis: Redis, name: string, folder: string): Promise<void> {
  const text = await redis.get(listKey(name))
  const list = listSchema.safeParse(text === null ? null : JSON.parse(text)).data
  if (list === undefined) throw new RuntimeFailure(`the files of ${name} are not on the queue; run again`)
  for (const [f, { path, sha256: wanted, chunks }] of list.entries()) {
    const target = resolve(folder, path)
    if (!target.startsWith(resolve(folder) + sep))
      throw new RuntimeFailure(
        `the queue names the file ${JSON.stringify(path)}, which is outside of ${folder}`,
      )
    const parts: Buffer[] = []
    for (let c = 0; c < chunks; c++)
      parts.push((await redis.getBuffer(chunkKey(name, f, c))) ?? Buffer.alloc(0))
    const bytes = Buffer.concat(parts)
    if (sha256(bytes) !== wanted)
      throw new RuntimeFailure(`${path} came damaged from the queue (sha256); run again`)
    writeAtomically(target, bytes)
  }
}

export async function dropFolder(redis: Redis, name: string): Promise<void> {
  const text = await redis.get(listKey(name))
  const list = listSchema.safeParse(text === null ? null : JSON.parse(text)).data ?? []
  await redis.del(listKey(name))
  for (const [f, { chunks }] of list.entries())
    for (let c = 0; c < chunks; c++) await redis.del(chunkKey(name, f, c))
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter(
      (path) =>
        !path.split(sep).some(isLockEntry) && !path.endsWith('.tmp') && statSync(join(folder, path)).isFile(),
    )
    .sort()
}
