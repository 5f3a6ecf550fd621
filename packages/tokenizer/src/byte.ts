/** @file One id a UTF-8 byte: 256 text ids, any text. */
import { withSpecials } from './specials.ts'
import type { Tokenizer } from './types.ts'
import { assertWellFormed, bytesLabel, utf8Bytes, utf8Text } from './utf8.ts'

export function createByteTokenizer(ends = false): Tokenizer {
  return withSpecials(
    {
      textSize: 256,
      encode(text) {
        assertWellFormed(text)
        return Int32Array.from(utf8Bytes(text))
      },
      decodeText: (ids) => utf8Text(Uint8Array.from(ids)),
      textOf: (id) => bytesLabel(Uint8Array.of(id)),
      bytesOf: (id) => Uint8Array.of(id),
      toJSON: () => ({ format: 'trivium-tokenizer', version: 1, type: 'byte' }),
    },
    ends,
  )
}
