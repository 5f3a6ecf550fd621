import fc from 'fast-check'
import { expect, it } from 'vitest'
import { decodeUtf8, invalidOffset } from './utf8.ts'

/** The platform's strict decoder says of each prefix whether it is text. */
function isText(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return true
  } catch {
    return false
  }
}

const oddByte = fc.constantFrom(
  0x41,
  0x80,
  0x8f,
  0x90,
  0x9f,
  0xa0,
  0xbf,
  0xc1,
  0xc2,
  0xe0,
  0xed,
  0xef,
  0xf0,
  0xf4,
  0xf5,
  0xff,
)

it('agrees with the strict decoder, and everything before the offset is text', () => {
  fc.assert(
    fc.property(fc.array(oddByte, { maxLength: 8 }), (list) => {
      const bytes = Uint8Array.from(list)
      const offset = invalidOffset(bytes)
      expect(offset === bytes.length).toBe(isText(bytes))
      expect(isText(bytes.subarray(0, offset))).toBe(true)
    }),
    { numRuns: 3000 },
  )
})

it('names file, byte and offset', () => {
  expect(() => decodeUtf8(Uint8Array.of(0x61, 0xe9, 0x74), 'cafe.txt')).toThrow(
    /cafe\.txt is not UTF-8 text: byte 0xe9 at offset 1/,
  )
  expect(decodeUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61), 'bom.txt')).toBe('\ufeffa')
})
