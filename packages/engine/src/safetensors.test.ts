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
      /m\.safetensors .*tensor x has 29 bytes of 32/,
    )
    expect(() => decodeSafetensors(bytes.subarray(0, 20))).toThrow(/header wants/)
    expect(() => decodeSafetensors(new Uint8Array(3))).toThrow(/3 bytes/)
  })
})

const halfValue = (i: number): number => {
  const exponent = i >>> 10
  return exponent === 0 ? (i & 0x3ff) * 2 ** -24 : (1 + (i & 0x3ff) / 1024) * 2 ** (exponent - 15)
}
