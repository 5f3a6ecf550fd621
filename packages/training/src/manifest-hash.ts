/** @file The hash by which a manifest shows that nobody edited what decides its numbers. */
import { sha256 } from '@trivium/files'
import { canonicalJson } from '@trivium/schema'

/** A label, a record, a place (its content has a hash of its own), and the hash itself. */
const apart: ReadonlySet<string> = new Set(['name', 'provenance', 'dataset', 'numbersSha256'])

/**
 * sha256 of canonical JSON of all that decides numbers. Taken of the manifest as it is written, before defaults are filled
 * in: an option that is new changes no hash.
 */
export function manifestSha256(written: object): string {
  return sha256(canonicalJson(Object.fromEntries(Object.entries(written).filter(([key]) => !apart.has(key)))))
}
