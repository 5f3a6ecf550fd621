/** @file The run directory: runs/<name>/<utc>-<hash8>/, and its status. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkFolder, lockFolders, writeAtomically, writeJson } from '@trivium/files'
import { type ExperimentConfig, InputError } from '@trivium/schema'
import { type LoadedConfig, printConfig } from './config.ts'
import { configHash8, modelHashes } from './identity.ts'
import { readRecord, readRunConfig, writeRecord } from './run-record.ts'

type RunStatus = {
  state: 'running' | 'interrupted' | 'failed' | 'finished'
  pid: number
  updatedAt: string
  message?: string
}
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

/** What a run directory says of its own experiment, as `loadConfig` gives it. @throws InputError when it says nothing */
export function loadRun(directory: string): LoadedConfig {
  const config = readRunConfig(directory)
  const input = join(directory, 'config.input.yaml')
  // As it was written, where that is still there.
  return {
    path: directory,
    config,
    text: existsSync(input) ? readFileSync(input, 'utf8') : printConfig(config),
  }
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

function writeStatus(directory: string, state: RunStatus['state'], message?: string): void {
  const status: RunStatus = {
    state,
    pid: process.pid,
    updatedAt: new Date().toISOString(),
    ...(message !== undefined && { message }),
  }
  writeJson(join(directory, 'status.json'), status)
}

type Claim = {
  /** Folders in which nobody else may work meanwhile: of a run, those of its models. */
  readonly also?: readonly string[]
  /** What fails after it has fired was interrupted. */
  readonly signal?: AbortSignal
}

/**
 * Does `work` while this process alone may work in the directory, and leaves its state and end in status.json; `work` tells
 * whether it finished or was interrupted.
 * @throws InputError when another process works there; nothing is written then
 */
export async function claimRun<T extends { finished: boolean }>(
  directory: string,
  work: () => Promise<T>,
  { also = [], signal }: Claim = {},
): Promise<T> {
  const lock = lockFolders([directory, ...also])
  try {
    writeStatus(directory, 'running')
    const outcome = await work()
    writeStatus(directory, outcome.finished ? 'finished' : 'interrupted')
    return outcome
  } catch (error) {
    try {
      if (signal?.aborted === true) writeStatus(directory, 'interrupted')
      else writeStatus(directory, 'failed', (error as Error).message)
    } catch {
      // On a full disk the first error is the one to tell.
    }
    throw error
  } finally {
    lock.release()
  }
}
