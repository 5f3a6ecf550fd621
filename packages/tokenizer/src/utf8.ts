/** @file Strings to UTF-8 bytes and back, without the two silent losses of the platform's codecs. */
import { InputError } from '@trivium/schema'

const encoder = new TextEncoder()
// ignoreBOM keeps a leading U+FEFF: without it decode(encode(x)) would lose that character.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
const strictDecoder = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true })

/** @throws InputError for half of a surrogate pair, which TextEncoder would replace in silence */
export function assertWellFormed(text: string): void {
  const offset = text.search(/\p{Surrogate}/u)
  if (offset < 0) return
  const code = text.charCodeAt(offset).toString(16).toUpperCase()
  throw new InputError(
    `the text has half of a surrogate pair (U+${code}) at offset ${offset}, which is no character; remove it`,
  )
}

/** UTF-8 bytes of a well-formed string. */
export function utf8Bytes(text: string): Uint8Array {
  return encoder.encode(text)
}

/** Text of bytes; what is not UTF-8 becomes U+FFFD. */
export function utf8Text(bytes: Uint8Array): string {
  return decoder.decode(bytes)
}

/** Bytes for people: their text when they are UTF-8 without control characters, else `<0x9f>` for each. */
export function bytesLabel(bytes: Uint8Array): string {
  try {
    const text = strictDecoder.decode(bytes)
    if (!/\p{Cc}/u.test(text)) return text
  } catch {
    // A piece of a character: shown as bytes below.
  }
  return Array.from(bytes, (byte) => `<0x${byte.toString(16).padStart(2, '0')}>`).join('')
}
