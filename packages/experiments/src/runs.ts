/** @file The run directory: runs/<name>/<utc>-<hash8>/, and its status. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { checkFolder, isAlive, readJsonIfWhole, writeAtomically, writeJson } from '@trivium/files'
import { type ExperimentConfig, InputError } from '@trivium/schema'
import { z } from 'zod'
import type { LoadedConfig } from './config.ts'
import { configHash8, modelHashes } from './identity.ts'
import { readRecord, writeRecord } from './run-record.ts'

type RunStatus = {
  state: 'running' | 'interrupted' | 'failed' | 'finished'
  pid: number
  updatedAt: string
  message?: string
}
const statusSchema: z.ZodType<RunStatus> = z.strictObject({
  state: z.enum(['running', 'interrupted', 'failed', 'finished']),
  pid: z.number().int().positive(),
  updatedAt: z.string(),
  message: z.string().optional(),
})
export type RunPlace = {
  /** Where runs stand; `runs` when absent. */
  readonly root?: string
  /** This very folder instead of one under `root`. */
  readonly out?: string
  /** A new folder even when there is one of the same experiment. */
  readonly fresh?: boolean
}

/**
 * The directory of this experiment: the latest with the same hash (to resume it, or to find it finished), else a new
 * one, which is not made yet.
 * @throws InputError when `out` holds another experiment, or nothing can be written there
 */
export function locateRun(
  { config }: LoadedConfig,
  { root = 'runs', out, fresh = false }: RunPlace = {},
  now: Date = new Date(),
): string {
  const hash = configHash8(config)
  const directory =
    out ??
    (fresh ? null : latestRun(join(root, config.name), hash)) ??
    join(root, config.name, `${utcStamp(now)}-${hash}`)
  checkFolder(directory)
  refuseOthers(directory, config)
  return directory
}

/** A model more or fewer is welcome; one of other settings is not, nor an experiment that shares none. */
function refuseOthers(directory: string, config: ExperimentConfig): void {
  const record = readRecord(directory)
  const hash = configHash8(config)
  if (record === null || record.hash === hash) return
  const shared = Object.entries(modelHashes(config)).filter(([name]) => record.models[name] !== undefined)
  const others = shared.filter(([name, own]) => record.models[name] !== own).map(([name]) => name)
  if (others.length === 0 && shared.length > 0) return
  const which = others.length === 0 ? '' : `: the settings of ${others.join(', ')} differ`
  throw new InputError(
    `${directory} holds another experiment (hash ${record.hash}, this one ${hash})${which}; choose another --out or remove it`,
  )
}

/** `locateRun`, with config.input.yaml and config.resolved.json written into it. @throws InputError */
export function openRun(loaded: LoadedConfig, place: RunPlace = {}, now: Date = new Date()): string {
  const directory = locateRun(loaded, place, now)
  const { text, config } = loaded
  writeAtomically(join(directory, 'config.input.yaml'), text)
  writeRecord(directory, config)
  return directory
}

/**
 * Marks the directory as this process's.
 * @param also folders in which nobody else may work meanwhile: a run for one of its models, the models for their run
 * @throws InputError when another process works there
 */
export function claimRun(directory: string, also: readonly string[] = []): void {
  for (const folder of [directory, ...also]) refuseBusy(folder)
  writeStatus(directory, 'running')
}

/** 20260131T120000Z */
const utcStamp = (now: Date): string => now.toISOString().replace(/[-:]|\.\d+/g, '')

function latestRun(folder: string, hash: string): string | null {
  if (!existsSync(folder)) return null
  // The hash in a name may be one of an earlier version; what stands in the folder is asked first.
  const name = readdirSync(folder)
    .filter((entry) => /^\d{8}T\d{6}Z-[0-9a-f]{8}$/.test(entry))
    .sort()
    .findLast((entry) => (readRecord(join(folder, entry))?.hash ?? entry.slice(-8)) === hash)
  return name === undefined ? null : join(folder, name)
}

function refuseBusy(directory: string): void {
  const status = readStatus(directory)
  if (status?.state !== 'running' || status.pid === process.pid || !isAlive(status.pid)) return
  throw new InputError(
    `process ${status.pid} is working in ${directory}; wait for it, or start a new run with --fresh`,
  )
}

/** null when there is none, or no whole one. */
export function readStatus(directory: string): RunStatus | null {
  return statusSchema.safeParse(readJsonIfWhole(join(directory, 'status.json'))).data ?? null
}

function writeStatus(directory: string, state: RunStatus['state'], message?: string): void {
  const status: RunStatus = {
    state,
    pid: process.pid,
    updatedAt: new Date().toISOString(),
    ...(message !== undefined && { message }),
  }
  writeJson(join(directory, 'status.json'), status)
}

/** Runs `work` and leaves its end in status.json; `work` tells whether it finished or was interrupted. */
export async function withStatus<T extends { finished: boolean }>(
  directory: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    const outcome = await work()
    writeStatus(directory, outcome.finished ? 'finished' : 'interrupted')
    return outcome
  } catch (error) {
    try {
      writeStatus(directory, 'failed', (error as Error).message)
    } catch {
      // On a full disk the first error is the one to tell.
    }
    throw error
  }
}
