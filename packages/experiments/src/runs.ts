/** @file The run directory: runs/<name>/<utc>-<hash8>/, and its status. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { checkFolder, isAlive, readJsonIfWhole, sha256, writeAtomically, writeJson } from '@trivium/files'
import { type ExperimentConfig, InputError } from '@trivium/schema'
import { z } from 'zod'
import type { LoadedConfig } from './config.ts'

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

/** 8 digits of the sha256 of all that training depends on: another evaluation block reuses the trained models. */
export function configHash8({
  seed,
  seeds,
  engine,
  threads,
  dataset,
  tokenizer,
  model,
  training,
  models,
}: ExperimentConfig): string {
  const trained = models.map((entry) => ({ ...entry, samplers: undefined }))
  // Threads and seeds that are not set leave no trace in the text.
  const all = { seed, seeds, engine, threads, dataset, tokenizer, model, training, models: trained }
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
  const name = readdirSync(folder)
    .filter((entry) => entry.endsWith(`-${hash}`))
    .sort()
    .at(-1)
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
