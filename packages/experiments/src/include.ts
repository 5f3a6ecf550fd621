/** @file Tasks of a user's own, out of the files that `--include` names; workers load the same ones. */
import { readFileSync } from 'node:fs'
import { delimiter, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { sha256 } from '@trivium/files'
import { InputError } from '@trivium/schema'
import { registerTask } from '@trivium/tasks'

/** Tells workers, which inherit it, what to include. */
const variable = 'TRIVIUM_INCLUDE'

/**
 * Loads files whose default export is a task, or a list of tasks, and makes them known here and in every worker of this process.
 * @returns their names
 * @throws InputError when a file cannot be loaded or holds no task
 */
export async function includeTasks(paths: readonly string[]): Promise<string[]> {
  const files = paths.map((path) => resolve(path))
  const names: string[] = []
  for (const file of files) names.push(...(await includeFile(file)))
  if (files.length > 0) process.env[variable] = [...included(), ...files].join(delimiter)
  return names
}

const included = (): string[] => (process.env[variable] ?? '').split(delimiter).filter((path) => path !== '')

/** What the process that started this one has included. */
export async function includeInherited(): Promise<void> {
  for (const file of included()) await includeFile(file)
}

async function includeFile(file: string): Promise<string[]> {
  const source = sha256(bytesOf(file))
  try {
    const { default: value } = (await import(pathToFileURL(file).href)) as { default?: unknown }
    const tasks: readonly unknown[] = Array.isArray(value) ? value : [value]
    return tasks.map((task) => registerTask(task, source))
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException
    const line = message.replace(/\s*\n\s*/g, ' ')
    const remedy =
      code === 'ERR_UNKNOWN_FILE_EXTENSION'
        ? '; this Node reads no TypeScript: write it in JavaScript, or use Node 22.18 or later'
        : ''
    throw new InputError(`--include ${file}: ${line}${remedy}`)
  }
}

function bytesOf(file: string): Uint8Array {
  try {
    return readFileSync(file)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new InputError(`--include ${file} cannot be read (${code ?? error}); name a file with a task`)
  }
}
