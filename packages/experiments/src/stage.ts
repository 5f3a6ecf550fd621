/** @file Stages: results that are kept in the run directory, so that nothing is measured twice. */
import { join } from 'node:path'
import { readJsonIfWhole, sha256, writeAtomically } from '@trivium/files'
import { canonicalJson, InputError, parseOutput } from '@trivium/schema'
import { z } from 'zod'
import { inWorkers, type PoolOptions, type Work } from './jobs/pool.ts'

export type Stage<T> = {
  /** Of its file: `evaluation/<name>.json`. A stage of all models has a dot in it, which the name of a model never has. */
  readonly name: string
  /** All that the result depends on. */
  readonly key: unknown
  /** Of the result: a kept one may have been edited. */
  readonly schema: z.ZodType<T>
  /** null when it was interrupted: nothing is kept of a half result. */
  readonly run: Work<T | null>
}
export type StageOptions = PoolOptions & {
  /** The run directory. */
  readonly directory: string
  /** Called before the first stage runs, with how many have no result yet. */
  readonly begin?: (left: number) => Promise<void> | void
}

/**
 * The results of the stages in order: kept ones as they are, the others by running them side by side. Each is kept as soon
 * as it is there.
 * @returns null when `signal` fired before all were there
 * @throws InputError when a kept result was edited
 * @throws RuntimeFailure when a result does not fit its schema, so that what is kept can always be read
 */
export async function runStages<T>(
  stages: readonly Stage<T>[],
  { directory, begin, ...pool }: StageOptions,
): Promise<T[] | null> {
  const results = new Map(stages.map((stage) => [stage, findKept(directory, stage)]))
  const missing = stages.filter((stage) => results.get(stage) === null)
  if (missing.length > 0 && pool.signal?.aborted !== true) {
    await begin?.(missing.length)
    const works = missing.map(
      (stage): Work<void> =>
        async (...context) => {
          const result = await stage.run(...context)
          if (result !== null) keep(directory, stage, result)
          results.set(stage, result)
        },
    )
    await inWorkers(works, pool)
  }
  const all = [...results.values()]
  return all.every((result) => result !== null) ? all : null
}

const keyHash = (key: unknown): string => sha256(JSON.stringify(key))
const placeOf = (directory: string, { name }: { readonly name: string }): string =>
  join(directory, 'evaluation', `${name}.json`)

const keptSchema = z.strictObject({
  key: z.string(),
  value: z.unknown(),
  sha256: z.string().optional().describe('of the value; absent in what an earlier version kept'),
})
const valueHash = (value: unknown): string => sha256(canonicalJson(value))

/**
 * null when there is none for this key; a file that is torn or of another shape counts as none.
 * @throws InputError when a number in it was edited
 */
function findKept<T>(directory: string, stage: Stage<T>): T | null {
  const kept = keptSchema.safeParse(readJsonIfWhole(placeOf(directory, stage))).data
  return kept?.key === keyHash(stage.key) ? readKept(directory, stage) : null
}

/**
 * What a stage of this name has kept, whatever it depended on; null when there is none, or of another shape.
 * @throws InputError when it was edited
 */
export function readKept<T>(directory: string, stage: Pick<Stage<T>, 'name' | 'schema'>): T | null {
  const path = placeOf(directory, stage)
  const kept = keptSchema.safeParse(readJsonIfWhole(path)).data
  const value = stage.schema.safeParse(kept?.value).data ?? null
  if (value !== null && kept?.sha256 !== undefined && kept.sha256 !== valueHash(kept.value))
    throw new InputError(
      `${path} was edited: its value does not match its sha256; delete it to measure again`,
    )
  return value
}

/** Keeps a result as that of the stage, so that it is found again. */
export function keep<T>(directory: string, stage: Stage<T>, result: T): void {
  const path = placeOf(directory, stage)
  const value = parseOutput(stage.schema, result, path)
  // As it will be read: what JSON leaves out has no part in the hash.
  const written: unknown = JSON.parse(JSON.stringify(value))
  writeAtomically(
    path,
    JSON.stringify({ key: keyHash(stage.key), sha256: valueHash(written), value: written }),
  )
}
