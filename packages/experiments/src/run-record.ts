/** @file What a run directory says of its experiment: config.resolved.json. */
import { join } from 'node:path'
import { readJsonIfWhole, writeJson } from '@trivium/files'
import { type ExperimentConfig, experimentConfigSchema, InputError, parseInput } from '@trivium/schema'
import { z } from 'zod'
import { configHash8, modelHashes } from './identity.ts'

export type RunRecord = {
  readonly hash: string
  /** By name, of every model that was ever asked for there. */
  readonly models: Readonly<Record<string, string>>
}

const fileSchema = z.object({
  hash: z.string(),
  models: z.record(z.string(), z.string()).optional(),
  config: z.unknown().optional(),
})
const placeOf = (directory: string): string => join(directory, 'config.resolved.json')

/** null when there is no file, or no whole one: what a run holds is then told by its checkpoints. */
export function readRecord(directory: string): RunRecord | null {
  const file = fileSchema.safeParse(readJsonIfWhole(placeOf(directory))).data
  if (file === undefined) return null
  const { hash, models } = file
  if (models !== undefined) return { hash, models }
  // Earlier code, whose numbers are version 1, kept one hash of all settings, each new default included; the config itself
  // tells what is the same.
  const config = configOf(file.config)
  return config === undefined
    ? { hash, models: {} }
    : { hash: configHash8(config, 1), models: modelHashes(config, 1) }
}

/** Without its evaluation, which has no part in what was trained and may hold settings that are gone. */
function configOf(value: unknown): ExperimentConfig | undefined {
  const object = z.record(z.string(), z.unknown()).safeParse(value).data
  return experimentConfigSchema.safeParse({ ...object, evaluation: undefined }).data
}

export function writeRecord(directory: string, config: ExperimentConfig): void {
  const models = { ...readRecord(directory)?.models, ...modelHashes(config) }
  writeJson(placeOf(directory), { hash: configHash8(config), models, config })
}

/** The experiment of a run, with every default. @throws InputError when there is no run, or it is not readable any more */
export function readRunConfig(directory: string): ExperimentConfig {
  const { config } = fileSchema.safeParse(readJsonIfWhole(placeOf(directory))).data ?? {}
  if (config === undefined)
    throw new InputError(
      `${directory} is no run directory: it has no config.resolved.json; name a folder under runs/`,
    )
  return parseInput(experimentConfigSchema, config, `${placeOf(directory)}: the config`)
}
