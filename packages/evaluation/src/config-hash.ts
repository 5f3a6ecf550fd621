/** @file The hash that names a point's settings. In plain JavaScript: this package runs in a browser too. */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { canonicalJson } from '@trivium/schema'

/** sha256 of canonical JSON (keys in order, undefined left out), 16 hexadecimal digits. */
export function configHash(config: unknown): string {
  return bytesToHex(sha256(utf8ToBytes(canonicalJson(config)))).slice(0, 16)
}
