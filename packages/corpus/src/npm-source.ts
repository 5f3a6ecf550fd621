/** @file Documents out of an installed npm package. No network: the package manager brought them. */
import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { type DatasetDefinition, InputError } from '@trivium/schema'
import { decodeUtf8 } from './utf8.ts'

export type SourceDocument = {
  /** Year or chapter, or the place of a file. */
  readonly number: number
  readonly text: string
}

/** All documents of the source by number, then by file name. @throws InputError when the package is not installed or lacks them */
export async function readDocuments(definition: DatasetDefinition): Promise<SourceDocument[]> {
  const { source, split } = definition
  const folder = join(packageFolder(source.package), source.folder)
  const pattern = new RegExp(source.files)
  const names = await readdir(folder).catch(() => [])
  const files = names
    .sort()
    .filter((name) => pattern.test(name))
    .map((name, place) => ({
      name,
      number: split.unit === 'file' ? place : Number(pattern.exec(name)?.[1]),
    }))
  if (files.length === 0)
    throw new InputError(
      `${folder} holds no file like ${source.files}; reinstall ${source.package}@${source.version}`,
    )
  files.sort((a, b) => a.number - b.number)
  return Promise.all(
    files.map(async ({ name, number }) => {
      const path = join(folder, name)
      return { number, text: decodeUtf8(await readFile(path), path) }
    }),
  )
}

function packageFolder(name: string): string {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`))
  } catch {
    throw new InputError(`the npm package ${name} is not installed; install again`)
  }
}
