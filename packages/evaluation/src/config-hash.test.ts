import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { configHash } from './config-hash.ts'

describe('configHash', () => {
  it('is alike whatever the order of keys, and differs by any value', () => {
    expect(configHash({ a: 1, b: [{ c: 2, d: undefined }] })).toBe(configHash({ b: [{ c: 2 }], a: 1 }))
    expect(configHash({ a: 1 })).not.toBe(configHash({ a: 2 }))
    expect(configHash({})).toBe('44136fa355b3678a') // sha256 of {}
  })

  it('is what Node computes of the same bytes, beyond ASCII and one block', () => {
    const name = 'τ = 0.9, 😀 '.repeat(20)
    const node = createHash('sha256').update(JSON.stringify({ name })).digest('hex')
    expect(configHash({ name })).toBe(node.slice(0, 16))
  })
})
