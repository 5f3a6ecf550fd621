/** @file The hash that says which bytes a number came from. */
import { createHash } from 'node:crypto'

/** Hexadecimal sha256 of the parts one after the other; texts as UTF-8. */
export function sha256(...parts: readonly (Uint8Array | string)[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}
