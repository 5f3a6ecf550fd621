import { describe, expect, it } from 'vitest'
import { createRng } from './index.ts'
import { philox } from './philox.ts'
import { openUniform } from './uniform.ts'

const block = (c: number[], k: number[]) => {
  const out = new Uint32Array(4)
  philox(c[0], c[1], c[2], c[3], k[0], k[1], out)
  return [...out].map((x) => x.toString(16).padStart(8, '0')).join(' ')
}

describe('philox4x32-10', () => {
  it('gives the known answers of Random123', () => {
    expect(block([0, 0, 0, 0], [0, 0])).toBe('6627e8d5 e169c58d bc57ac4c 9b00dbd8')
    const all = 0xffffffff
    expect(block([all, all, all, all], [all, all])).toBe('408f276d 41c83b0e a20bc7c6 6d5451fd')
    expect(block([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0])).toBe(
      'd16cfe09 94fdcceb 5001e420 24126ea1',
    )
  })
})

describe('openUniform', () => {
  const all = 0xffffffff
  it('stays inside (0, 1) at the extreme words, where log(u) and log(1 - u) are finite', () => {
    expect(openUniform(0, 0)).toBe(2 ** -54)
    expect(openUniform(all, all)).toBe(1 - 2 ** -53)
    // The next pair below gives the same number as ever.
    expect(openUniform(all, all - 32)).toBe((2 ** 53 - 2 + 0.5) * 2 ** -53)
    expect(Math.log1p(-openUniform(all, all))).toBeGreaterThan(-37)
  })
})

describe('createRng', () => {
  it('draws by index, not by call order', () => {
    const rng = createRng(7).fork('sample', 3)
    const whole = rng.uniforms(9)
    expect([...rng.uniforms(4, 5)]).toEqual([...whole.subarray(5)])
    expect(rng.uniform(6)).toBe(whole[6])
    const normals = rng.normals(9)
    expect([...rng.normals(4, 3)]).toEqual([...normals.subarray(3, 7)])
  })

  it('forks into streams that differ by every label', () => {
    const seen = new Set<number>()
    for (const labels of [[0], [1], [0, 1], [1, 0], ['a'], ['b'], ['a', 0], [2 ** 40]] as const)
      seen.add(
        createRng(1)
          .fork(...labels)
          .uniform(),
      )
    expect(seen.size).toBe(8)
  })

  it('has the moments of its distributions', () => {
    const n = 200_000
    const u = createRng(5).uniforms(n)
    const z = createRng(5).fork('normal').normals(n)
    const mean = (x: Float64Array) => x.reduce((a, b) => a + b, 0) / n
    const moment = (x: Float64Array, k: number) => x.reduce((a, b) => a + b ** k, 0) / n
    expect(Math.abs(mean(u) - 0.5)).toBeLessThan(5 / Math.sqrt(12 * n))
    expect(Math.abs(mean(z))).toBeLessThan(5 / Math.sqrt(n))
    expect(Math.abs(moment(z, 2) - 1)).toBeLessThan(5 * Math.sqrt(2 / n))
    expect(Math.abs(moment(z, 4) - 3)).toBeLessThan(5 * Math.sqrt(96 / n))
    expect(Math.min(...u.subarray(0, 50_000))).toBeGreaterThan(0)
  })

  it('permutes', () => {
    const order = createRng(2).permutation(100)
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i))
    expect([...order]).not.toEqual(Array.from({ length: 100 }, (_, i) => i))
  })

  it('refuses a seed that is no non-negative integer', () => {
    expect(() => createRng(-1)).toThrow(/seed -1/)
    expect(() => createRng(0.5)).toThrow(/seed 0.5/)
  })
})
