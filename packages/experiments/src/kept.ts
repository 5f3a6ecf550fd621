/**
 * @file Results of stages, kept under the hash of all that they depend on. A file that is torn, of another key or of another
 * shape counts as none: the stage runs again.
 */
import { readJsonIfWhole, sha256, writeAtomically } from '@trivium/files'
import { parseOutput } from '@trivium/schema'
import { z } from 'zod'

const keptSchema = z.strictObject({ key: z.string(), value: z.unknown() })
const keyHash = (key: unknown): string => sha256(JSON.stringify(key))

/** The kept value, or null when there is none for this key. */
export function readKept<S extends z.ZodType>(path: string, key: unknown, schema: S): z.output<S> | null {
  const kept = keptSchema.safeParse(readJsonIfWhole(path)).data
  return kept?.key === keyHash(key) ? (schema.safeParse(kept.value).data ?? null) : null
}

/** @throws RuntimeFailure when the value does not fit its own schema, so that what was kept can always be read */
export function keep<S extends z.ZodType>(path: string, key: unknown, schema: S, value: z.input<S>): void {
  writeAtomically(path, JSON.stringify({ key: keyHash(key), value: parseOutput(schema, value, path) }))
}
