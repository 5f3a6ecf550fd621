/** @file The trie against counted strings, with keys beyond 32 bits. */
import { createRng } from '@trivium/random'
import { expect, it } from 'vitest'
import { GramTrie } from './trie.ts'

it.each([8, 2 ** 19])('counts grams and continuations with an alphabet of %i', (alphabetSize) => {
  const symbols = Uint8Array.from(
    createRng(1).uniforms(30_000),
    (u) => Math.floor(200 * u * u) % Math.min(alphabetSize, 200),
  )
  const trie = new GramTrie(3, alphabetSize)
  trie.add(symbols)
  const top = new Map<number, number>()
  const before = new Map<number, Set<number>>()
  for (let i = 2; i < symbols.length; i++) {
    const [a, b, c] = symbols.subarray(i - 2, i + 1)
    top.set((a * 256 + b) * 256 + c, (top.get((a * 256 + b) * 256 + c) ?? 0) + 1)
    before.set(b * 256 + c, (before.get(b * 256 + c) ?? new Set()).add(a))
  }
  const node = (...gram: number[]): number => gram.reduce((at, symbol) => trie.find(at, symbol), 0)
  for (const [key, count] of top) expect(trie.count[node(key >> 16, (key >> 8) & 255, key & 255)]).toBe(count)
  for (const [key, set] of before) expect(trie.count[node(key >> 8, key & 255)]).toBe(set.size)
  const occurrences = trie.occurrences()
  const ones = new Map<number, number>()
  const twos = new Map<number, number>()
  symbols.forEach((b, i) => {
    ones.set(b, (ones.get(b) ?? 0) + 1)
    if (i > 0) twos.set(symbols[i - 1] * 256 + b, (twos.get(symbols[i - 1] * 256 + b) ?? 0) + 1)
  })
  for (const [b, count] of ones) expect(occurrences[node(b)]).toBe(count)
  for (const [key, count] of twos) expect(occurrences[node(key >> 8, key & 255)]).toBe(count)
  expect(trie.depth.subarray(0, trie.size).filter((depth) => depth === 3).length).toBe(top.size)
})
