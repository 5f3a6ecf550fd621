/** @file Strict UTF-8: bytes that are not text are an error with a place, never a silent U+FFFD. */
import { InputError } from '@trivium/schema'

// ignoreBOM keeps a leading U+FEFF: the raw view promises the text as it stands.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true })

/** @throws InputError that names `path` and the offset of the first byte that is not UTF-8 */
export function decodeUtf8(bytes: Uint8Array, path: string): string {
  try {
    return decoder.decode(bytes)
  } catch {
    const offset = invalidOffset(bytes)
    const byte = bytes[offset]?.toString(16).padStart(2, '0') ?? 'the end of the file'
    throw new InputError(
      `${path} is not UTF-8 text: byte 0x${byte} at offset ${offset}; convert it, e.g. with iconv -t UTF-8`,
    )
  }
}

/** Offset of the first sequence that is not well-formed UTF-8 (Unicode 15, table 3-7); the length when all is. */
export function invalidOffset(bytes: Uint8Array): number {
  let i = 0
  while (i < bytes.length) {
    const n = sequenceLength(bytes, i)
    if (n === 0) return i
    i += n
  }
  return i
}

/** Bytes of the well-formed sequence at `i`; 0 when there is none. */
function sequenceLength(bytes: Uint8Array, i: number): number {
  const lead = bytes[i]
  if (lead < 0x80) return 1
  if (lead < 0xc2 || lead > 0xf4) return 0
  const n = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
  // The second byte is narrower after these leads: no overlong forms, no surrogates, nothing above U+10FFFF.
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf
  const second = bytes[i + 1]
  if (!(second >= low && second <= high)) return 0
  for (let k = 2; k < n; k++) if ((bytes[i + k] & 0xc0) !== 0x80 || i + k >= bytes.length) return 0
  return n
}
