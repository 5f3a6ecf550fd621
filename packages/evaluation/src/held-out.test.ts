/** @file Rows as they are scored: characters of cut rows, documents as clusters. */
import { describe, expect, it } from 'vitest'
import { rowTexts, scoredRows } from './held-out.ts'

const bytes = { bytesOf: (id: number) => Uint8Array.of(id) }
const utf8 = (text: string): Int32Array => Int32Array.from(new TextEncoder().encode(text))

describe('scoredRows', () => {
  it('gives each row the characters that begin in it, and their texts join to the whole', () => {
    const text = 'né你好😀 e\u0301'.repeat(3)
    const tokens = utf8(text)
    for (const length of [1, 4, 7]) {
      const starts = Array.from({ length: Math.ceil(tokens.length / length) }, (_, i) => i * length)
      const held = scoredRows(tokens, { starts, length, documents: [0] }, bytes)
      expect(rowTexts(text, held).join('')).toBe(text)
      expect(held.bytes?.reduce((sum, bytes) => sum + bytes, 0)).toBe(tokens.length)
    }
  })
  it('takes documents as clusters where there are enough, by the character they begin at', () => {
    const text = '你'.repeat(120)
    const documents = Array.from({ length: 10 }, (_, d) => 12 * d)
    const starts = Array.from({ length: 20 }, (_, i) => 18 * i)
    const held = scoredRows(utf8(text), { starts, length: 6, documents }, bytes)
    expect(held.unit).toBe('documents')
    expect(held.clusters).toEqual(starts.map((start) => Math.floor(start / 36) + 1))
  })
  it('cuts a text without documents into stretches of neighbours', () => {
    const starts = Array.from({ length: 24 }, (_, i) => 10 * i)
    const held = scoredRows(utf8('a'.repeat(240)), { starts, length: 10, documents: [0] }, bytes)
    expect(held.unit).toBe('stretches')
    expect(held.clusters).toEqual(starts.map((_, i) => Math.floor(i / 2)))
    const few = scoredRows(
      utf8('a'.repeat(240)),
      { starts: [0, 100], length: 10, documents: [0, 120] },
      bytes,
    )
    expect(few.clusters).toEqual([0, 1])
  })
})
