/** @file The run directory: runs/<name>/<utc>-<hash8>/, and its status. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { checkFolder, lockFolders, readJsonIfWhole, sha256, writeAtomically, writeJson } from '@trivium/files'
import { type ExperimentConfig, InputError } from '@trivium/schema'
import { z } from 'zod'
import type { LoadedConfig } from './config.ts'

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

/** 8 digits of the sha256 of all that training depends on: another evaluation block reuses the trained models. */
export function configHash8({
  seed,
  engine,
  threads,
  dataset,
  tokenizer,
  model,
  training,
  models,
}: ExperimentConfig): string {
  const trained = models.map((entry) => ({ ...entry, samplers: undefined }))
  // Threads that are not set leave no trace in the text.
  const all = { seed, engine, threads, dataset, tokenizer, model, training, models: trained }
  return sha256(JSON.stringify(all)).slice(0, 8)
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
  const other = hashIn(join(directory, 'config.resolved.json'))
  if (other !== null && other !== hash)
    throw new InputError(
      `${directory} holds another experiment (hash ${other}, this one ${hash}); choose another --out or remove it`,
    )
  return directory
}

/** null when there is no file, or no whole one: what a run holds is then told by its checkpoints. */
function hashIn(path: string): string | null {
  return z.object({ hash: z.string() }).safeParse(readJsonIfWhole(path)).data?.hash ?? null
}

/** `locateRun`, with config.input.yaml and config.resolved.json written into it. @throws InputError */
export function openRun(loaded: LoadedConfig, place: RunPlace = {}, now: Date = new Date()): string {
  const directory = locateRun(loaded, place, now)
  const { text, config } = loaded
  writeAtomically(join(directory, 'config.input.yaml'), text)
  writeJson(join(directory, 'config.resolved.json'), { hash: configHash8(config), config })
  return directory
}

/** 20260131T120000Z */
const utcStamp = (now: Date): string => now.toISOString().replace(/[-:]|\.\d+/g, '')

function latestRun(folder: string, hash: string): string | null {
  if (!existsSync(folder)) return null
  const name = readdirSync(folder)
    .filter((entry) => entry.endsWith(`-${hash}`))
    .sort()
    .at(-1)
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
