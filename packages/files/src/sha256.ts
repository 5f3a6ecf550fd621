/** @file The hash that says which text a number was measured on. */
import { createHash } from 'node:crypto'

/** sha256 of the UTF-8 bytes of the parts, one after the other. */
export function sha256Of(...parts: readonly string[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part, 'utf8')
  return hash.digest('hex')
}
