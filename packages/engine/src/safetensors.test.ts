import { InputError } from '@trivium/schema'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeSafetensors, encodeSafetensors, toHalf } from './safetensors.ts'

describe('safetensors', () => {
  it('round-trips float32 and int32 exactly', () => {
    const tensors = {
      'a.b': { shape: [2, 3], values: Float32Array.of(1, -2.5, 3e-30, 0, Math.fround(Math.PI), 1e30) },
      c: { shape: [2], values: Int32Array.of(-5, 7) },
      empty: { shape: [0, 4], values: new Float32Array(0) },
    }
    const back = decodeSafetensors(encodeSafetensors(tensors, { metadata: { made: 'here' } }))
    expect(back).toEqual(tensors)
  })

  it('reads a Node Buffer, which is a view into a larger one', () => {
    const bytes = Buffer.from(encodeSafetensors({ x: { shape: [2], values: Float32Array.of(1, 2) } }))
    expect(decodeSafetensors(bytes).x).toEqual({ shape: [2], values: Float32Array.of(1, 2) })
  })

  it('writes the layout of the format', () => {
    const bytes = encodeSafetensors({ x: { shape: [1], values: Float32Array.of(1) } })
    const size = Number(new DataView(bytes.buffer).getBigUint64(0, true))
    expect(size % 8).toBe(0)
    expect(JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + size)))).toEqual({
      x: { dtype: 'F32', shape: [1], data_offsets: [0, 4] },
    })
    expect([...bytes.subarray(8 + size)]).toEqual([0, 0, 0x80, 0x3f])
  })

  it('rounds to the nearest half, ties to even', () => {
    // 1 + 2^-11 lies half-way between 1 and the next half: even is 1. 65504 is the largest half.
    const halves = toHalf(
      Float32Array.of(1, -2, 1 + 2 ** -11, 1 + 3 * 2 ** -11, 65504, 65520, 2 ** -24, 2 ** -25, 6e-8, 0),
    )
    expect([...halves].map((x) => x.toString(16))).toEqual([
      '3c00',
      'c000',
      '3c00',
      '3c02',
      '7bff',
      '7c00',
      '1',
      '0',
      '1',
      '0',
    ])
    const all = Uint16Array.from({ length: 0x7c00 }, (_, i) => i)
    const values = decodeSafetensors(
      encodeSafetensors(
        { x: { shape: [all.length], values: Float32Array.from(all, halfValue) } },
        { precision: 'F16' },
      ),
    ).x.values as Float32Array
    expect([...toHalf(values)]).toEqual([...all])
  })

  it('keeps F16 within half a unit in the last place', () => {
    fc.assert(
      fc.property(fc.float({ min: Math.fround(-60000), max: 60000, noNaN: true }), (x) => {
        const y = decodeSafetensors(
          encodeSafetensors({ x: { shape: [1], values: Float32Array.of(x) } }, { precision: 'F16' }),
        ).x.values[0]
        expect(Math.abs(y - x)).toBeLessThanOrEqual(Math.max(2 ** -25, Math.abs(x) * 2 ** -11))
      }),
    )
  })

  it('refuses what is cut short, naming the file', () => {
    const bytes = encodeSafetensors({ x: { shape: [8], values: new Float32Array(8) } })
    expect(() => decodeSafetensors(bytes.subarray(0, bytes.length - 3), 'm.safetensors')).toThrow(
      /m\.safetensors: tensor x lies at bytes 0 … 32, wanted from 0 on and up to 29 at most/,
    )
    expect(() => decodeSafetensors(bytes.subarray(0, 20))).toThrow(/header wants/)
    expect(() => decodeSafetensors(new Uint8Array(3))).toThrow(/3 bytes/)
  })

  const x = { dtype: 'F32', shape: [2], data_offsets: [0, 8] }
  it.each([
    ['no JSON', '{"x": ', /^the header of m\.safetensors is not JSON/],
    ['null', null, /^the header of m\.safetensors is not valid: .*received null/],
    ['an array', [x], /^the header of m\.safetensors is not valid: .*received array/],
    ['an entry that is null', { x: null }, /^tensor x of m\.safetensors is not valid: .*received null/],
    [
      'no offsets',
      { x: { dtype: 'F32', shape: [2] } },
      /^tensor x of m\.safetensors is not valid: data_offsets/,
    ],
    ['half of the offsets', { x: { ...x, data_offsets: [0] } }, /data_offsets/],
    ['no shape', { x: { ...x, shape: undefined } }, /shape/],
    ['a negative shape', { x: { ...x, shape: [-1, -2] } }, /shape\.0: .*got -1/],
    ['a huge shape', { x: { ...x, shape: [2 ** 40, 2 ** 40] } }, /has 8 bytes where its shape/],
    ['F64', { x: { ...x, dtype: 'F64', shape: [1] } }, /has dtype F64; this reads F32, F16, I32: convert it/],
    ['a dtype that is a property of objects', { x: { ...x, dtype: 'toString' } }, /has dtype toString/],
    ['offsets that run backwards', { x: { ...x, shape: [0], data_offsets: [8, 0] } }, /has -8 bytes/],
    [
      'offsets beyond the file',
      { x: { ...x, data_offsets: [8, 16] } },
      /lies at bytes 8 … 16, wanted from 0/,
    ],
    ['tensors that overlap', { x, y: x }, /tensor y lies at bytes 0 … 8, wanted from 8 on/],
    ['bytes that are nobody’s', { x: { ...x, shape: [1], data_offsets: [0, 4] } }, /fill 4 bytes of 8/],
  ])('refuses a header with %s in one line', (_, header, message) => {
    const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header))
    const bytes = new Uint8Array(8 + text.length + 8)
    new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true)
    bytes.set(text, 8)
    expect(() => decodeSafetensors(bytes, 'm.safetensors')).toThrow(InputError)
    expect(() => decodeSafetensors(bytes, 'm.safetensors')).toThrow(message)
    expect(() => decodeSafetensors(bytes, 'm.safetensors')).toThrow(/^[^\n]+$/)
  })

  it('refuses to halve what a half cannot hold', () => {
    const tensors = { x: { shape: [2], values: Float32Array.of(1, 65520) } }
    expect(() => encodeSafetensors(tensors, { precision: 'F16' })).toThrow(
      /tensor x holds 65520, .*write it as F32/,
    )
    const infinite = { x: { shape: [1], values: Float32Array.of(Number.POSITIVE_INFINITY) } }
    expect(decodeSafetensors(encodeSafetensors(infinite, { precision: 'F16' }))).toEqual(infinite)
  })
})

const halfValue = (i: number): number => {
  const exponent = i >>> 10
  return exponent === 0 ? (i & 0x3ff) * 2 ** -24 : (1 + (i & 0x3ff) / 1024) * 2 ** (exponent - 15)
}
