/** @file What runs there are below a folder, and how far each came. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { isLocked, readJsonIfWhole } from '@trivium/files'
import { z } from 'zod'
import { readRecord } from './run-record.ts'

export type RunSummary = {
  readonly directory: string
  /** Of the experiment. */
  readonly name: string
  /** As status.json has it; `ended` where it says running and no process does, `unknown` where it says nothing. */
  readonly state: string
  /** ISO 8601; empty where it is unknown. */
  readonly updatedAt: string
  /** Every model that was asked for there. */
  readonly models: readonly string[]
  /** Whether there are results to report, compare or gate. */
  readonly results: boolean
}

const statusSchema = z.object({ state: z.string(), updatedAt: z.string() })
const namedSchema = z.object({ config: z.object({ name: z.string() }) })

/** Runs in the folder itself and in the folders of its experiments, the latest first; what is no run is passed over. */
export function listRuns(root: string): RunSummary[] {
  if (!existsSync(root)) return []
  return foldersIn(root)
    .flatMap((folder) => [folder, ...foldersIn(folder)])
    .flatMap(summaryOf)
    .sort((a, b) => b.updatedAt.localeCompare(a.updatedAt) || a.directory.localeCompare(b.directory))
}

function summaryOf(directory: string): RunSummary[] {
  const record = readRecord(directory)
  if (record === null) return []
  const read = (name: string): unknown => readJsonIfWhole(join(directory, name))
  const { state, updatedAt } = statusSchema.safeParse(read('status.json')).data ?? {
    state: 'unknown',
    updatedAt: '',
  }
  return [
    {
      directory,
      name: namedSchema.safeParse(read('config.resolved.json')).data?.config.name ?? '',
      state: state === 'running' && !isLocked(directory) ? 'ended' : state,
      updatedAt,
      models: Object.keys(record.models),
      results: existsSync(join(directory, 'results.json')),
    },
  ]
}

const foldersIn = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => join(folder, name))
