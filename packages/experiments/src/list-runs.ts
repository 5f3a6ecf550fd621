/** @file The runs of a folder, told without reading what they measured. */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { isLocked, readJsonIfWhole } from '@trivium/files'
import { z } from 'zod'
import { readRecord } from './run-record.ts'

export type ListedRun = {
  readonly directory: string
  /** Of its experiment. */
  readonly name: string
  readonly state: 'running' | 'interrupted' | 'failed' | 'finished' | 'unknown'
  /** ISO 8601; null where nothing tells. */
  readonly updatedAt: string | null
  readonly models: readonly string[]
  /** The line of a failure. */
  readonly message?: string
}

const statusSchema = z.object({
  state: z.enum(['running', 'interrupted', 'failed', 'finished']),
  updatedAt: z.string(),
  message: z.string().optional(),
})

/** Latest last. A folder that holds no run, or something that cannot be read, is left out. */
export function listRuns(root: string = 'runs'): ListedRun[] {
  return foldersOf(root)
    .flatMap((experiment) =>
      foldersOf(join(root, experiment)).flatMap((run) => listed(experiment, join(root, experiment, run))),
    )
    .sort((a, b) => ((a.updatedAt ?? '') < (b.updatedAt ?? '') ? -1 : 1))
}

function listed(name: string, directory: string): ListedRun[] {
  const record = readRecord(directory)
  const status = statusSchema.safeParse(readJsonIfWhole(join(directory, 'status.json'))).data
  if (record === null && status === undefined) return []
  // Whoever was killed could not say so.
  const ended = status?.state === 'running' && !isLocked(directory)
  return [
    {
      directory,
      name,
      state: ended ? 'interrupted' : (status?.state ?? 'unknown'),
      updatedAt: status?.updatedAt ?? null,
      models: Object.keys(record?.models ?? {}),
      ...(status?.message !== undefined && { message: status.message }),
    },
  ]
}

const foldersOf = (folder: string): string[] =>
  existsSync(folder) && statSync(folder).isDirectory()
    ? readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
        entry.isDirectory() && !entry.name.startsWith('.') ? [entry.name] : [],
      )
    : []
