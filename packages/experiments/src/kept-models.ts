/** @file Trained models that a command finds: whether they belong to its data, and those of earlier runs that it takes over. */
import { cpSync, existsSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { asFailure, isLockEntry, isLocked, makeFolder } from '@trivium/files'
import { readManifest } from '@trivium/models/node'
import { type ExperimentConfig, InputError, type Manifest, type ModelEntry } from '@trivium/schema'
import { hasCheckpoint } from '@trivium/training/node'
import { configuredSha256 } from './data.ts'
import { trainingsOf } from './entrants.ts'
import { modelHash8 } from './identity.ts'
import { isTrained, lastCheckpoint, modelDirectory } from './model-directory.ts'
import { teacherOf } from './resolve.ts'
import { readRecord } from './run-record.ts'
import type { RunPlace } from './runs.ts'

/** @throws InputError when a checkpoint was trained on other data than those of `sha256` */
export function refuseOtherData(checkpoint: string, manifest: Manifest, sha256: string): void {
  if (manifest.datasetSha256 === sha256) return
  throw new InputError(
    `${checkpoint} was trained on other data (sha256 ${manifest.datasetSha256.slice(0, 12)}…) than stand here now (${sha256.slice(0, 12)}…); restore them, or train anew with --fresh or another --out`,
  )
}

/** sha256 of the weights that a training rests on: those that a distilled model learns from, and those that it began with. */
export type Origins = { readonly teacherSha256?: string; readonly startSha256?: string }

/** Tokens that weights have been trained on, those of the checkpoint that they began with included. */
export function tokensBehind({ tokens, provenance }: Pick<Manifest, 'tokens' | 'provenance'>): number {
  return tokens + (typeof provenance.startTokens === 'number' ? provenance.startTokens : 0)
}

/** As they are now. @throws InputError when one of them cannot be read */
export function originsOf(entry: ModelEntry): Origins {
  const hashOf = (place: string | undefined): string | undefined =>
    place === undefined ? undefined : readManifest(place).files['model.safetensors'].sha256
  return { teacherSha256: hashOf(teacherOf(entry)), startSha256: hashOf(entry.from) }
}

/** @throws InputError when a checkpoint rests on other weights than those */
export function refuseOtherOrigins(
  checkpoint: string,
  { provenance }: Pick<Manifest, 'provenance'>,
  { teacherSha256, startSha256 }: Origins,
): void {
  if (provenance.teacherSha256 !== teacherSha256)
    throw new InputError(
      `${checkpoint} learnt from a teacher of other weights; restore that teacher, or train anew with --fresh or another --out`,
    )
  if (provenance.startSha256 !== startSha256)
    throw new InputError(
      `${checkpoint} began with other weights; restore the checkpoint that the model is \`from\`, or train anew with --fresh or another --out`,
    )
}

/**
 * Holds every model of the run against the data and the teachers as they are now, also those that have nothing left to train.
 * @throws InputError
 */
export async function checkKeptModels(config: ExperimentConfig, directory: string): Promise<void> {
  for (const { name, entry } of trainingsOf(config)) {
    const checkpoint = lastCheckpoint(modelDirectory(directory, name))
    if (!hasCheckpoint(checkpoint)) continue
    const manifest = readManifest(checkpoint)
    refuseOtherData(checkpoint, manifest, await configuredSha256(config.dataset, entry.paradigm))
    refuseOtherOrigins(checkpoint, manifest, originsOf(entry))
  }
}

/** A finished training of an earlier run of the experiment. */
export type KeptModel = { readonly name: string; readonly run: string }

/**
 * The models that `directory` lacks and an earlier run beside it has: of the same settings (its own and the shared ones
 * that it uses), on the same data, with their budget spent. None where a folder of one's own or a fresh one was asked for.
 */
export async function findKeptModels(
  config: ExperimentConfig,
  directory: string,
  { out, fresh = false }: RunPlace,
): Promise<KeptModel[]> {
  if (out !== undefined || fresh) return []
  const runs = runsBeside(directory)
  const found: KeptModel[] = []
  for (const { name, seed, entry } of trainingsOf(config)) {
    if (hasCheckpoint(lastCheckpoint(modelDirectory(directory, name)))) continue
    const hash = modelHash8({ ...config, seed }, entry)
    const data = await configuredSha256(config.dataset, entry.paradigm)
    const { teacherSha256, startSha256 } = originsOf(entry)
    const run = runs.find((folder) => {
      const model = modelDirectory(folder, name)
      if (readRecord(folder)?.models[name] !== hash || !isTrained(model)) return false
      const { datasetSha256, provenance } = readManifest(lastCheckpoint(model))
      return (
        datasetSha256 === data &&
        provenance.teacherSha256 === teacherSha256 &&
        provenance.startSha256 === startSha256
      )
    })
    if (run !== undefined) found.push({ name, run })
  }
  return found
}

/** The latest first; not those in which somebody works. */
function runsBeside(directory: string): string[] {
  const folder = dirname(directory)
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((entry) => entry !== basename(directory))
    .sort()
    .reverse()
    .map((entry) => join(folder, entry))
    .filter((run) => !isLocked(run))
}

const checkpointsLast = (a: string, b: string): number =>
  Number(a === 'checkpoints') - Number(b === 'checkpoints')

/**
 * Copies them, with what was measured of them: the run that they come from stays as it is. The caller has locked
 * `directory`. Checkpoints come last, so that a copy that was cut short counts as none.
 * @throws RuntimeFailure on a full disk
 */
export function takeKeptModels(kept: readonly KeptModel[], directory: string): void {
  for (const { name, run } of kept) {
    const to = modelDirectory(directory, name)
    const next = `${to}.next`
    try {
      rmSync(next, { recursive: true, force: true })
      cpSync(modelDirectory(run, name), next, {
        recursive: true,
        filter: (path) => !isLockEntry(path) && basename(path) !== 'status.json',
      })
      makeFolder(to)
      for (const part of readdirSync(next).sort(checkpointsLast)) {
        rmSync(join(to, part), { recursive: true, force: true })
        renameSync(join(next, part), join(to, part))
      }
      rmSync(next, { recursive: true, force: true })
      const stage = join('evaluation', `${name}.json`)
      if (!existsSync(join(run, stage))) continue
      makeFolder(join(directory, 'evaluation'))
      cpSync(join(run, stage), join(directory, stage))
    } catch (error) {
      throw asFailure(error, to)
    }
  }
}
