/** @file One meaning of character, through texts with combining marks, CJK and astral characters. */
import { describe, expect, it } from 'vitest'
import { commonCharacters, countCharacters, cutCharacters, tokenCounter } from './characters.ts'

const bytes = { bytesOf: (id: number) => Uint8Array.of(id) }
const utf8 = (text: string): Int32Array => Int32Array.from(new TextEncoder().encode(text))
// e and its accent are two code points; CJK has three bytes, an emoji four.
const mixed = 'Cafe\u0301 你好，世界 😀👍 𝔘𝔫𝔦 ok. '

describe('characters', () => {
  it('are code points: not UTF-16 units, not bytes, not what a reader sees as one', () => {
    expect(countCharacters('e\u0301')).toBe(2)
    expect(countCharacters('😀')).toBe(1)
    expect(countCharacters(mixed)).toBe([...mixed].length)
    expect(cutCharacters('a😀b', 2)).toBe('a😀')
    expect(cutCharacters('ab', 5)).toBe('ab')
    expect(cutCharacters('ab', 0)).toBe('')
  })
  it('of rows that cut them are shared out: however long the rows, each is counted once', () => {
    const tokens = utf8(mixed.repeat(7))
    const count = tokenCounter(bytes)
    for (const length of [1, 2, 3, 5, 16, 64]) {
      let [characters, held] = [0, 0]
      for (let at = 0; at < tokens.length; at += length)
        for (const id of tokens.subarray(at, at + length)) {
          characters += count(id).characters
          held += count(id).bytes
        }
      expect(characters, `rows of ${length}`).toBe(7 * [...mixed].length)
      expect(held).toBe(tokens.length)
    }
  })
  it('of a token of several bytes are those that begin in it', () => {
    const merged = new TextEncoder().encode('a你').subarray(0, 2) // a, and the first byte of 你
    const count = tokenCounter({ bytesOf: (id) => (id === 0 ? merged : new Uint8Array(0)) })
    expect(count(0)).toEqual({ characters: 2, bytes: 2 })
    expect(count(1)).toEqual({ characters: 0, bytes: 0 })
  })
})

describe('commonCharacters', () => {
  it('is the length where a token is a character', () => {
    expect(commonCharacters(utf8('plain text '.repeat(40)), 16, bytes)).toBe(16)
  })
  it('is what nearly all rows of held-out text have', () => {
    const tokens = utf8('你好世界'.repeat(60))
    expect(commonCharacters(tokens, 16, bytes)).toBe(5) // 16 bytes begin 5 or 6 characters of three
    expect(commonCharacters(tokens.subarray(0, 3), 16, bytes)).toBe(1)
  })
})
