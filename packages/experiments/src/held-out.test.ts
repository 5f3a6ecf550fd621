/** @file Texts with combining marks, CJK and astral characters through every tokenizer: what is charged is what is encoded. */
import type { Dataset } from '@trivium/corpus/node'
import { likelihoodMetrics, rowTexts } from '@trivium/evaluation'
import type { TokenizerConfig } from '@trivium/schema'
import { createTokenizer } from '@trivium/tokenizer'
import { describe, expect, it } from 'vitest'
import { charactersOf, heldOutRowsOf } from './held-out.ts'

const test = 'né e\u0301 你好，世界 😀 𝔘𝔘 你你好好 '.repeat(40)
const alphabet = [...new Set(test)].join('')
const dataset: Dataset = {
  name: 'mixed',
  view: 'raw',
  sha256: '',
  train: test,
  validation: test,
  test,
  documents: { validation: [0], test: [0] },
  heldOut: '',
  licence: '',
}
const kinds: TokenizerConfig[] = [
  { type: 'symbols', characters: alphabet },
  { type: 'byte' },
  { type: 'bpe', vocabSize: 300 },
]

describe.each(kinds)('$type', (kind) => {
  const tokenizer = createTokenizer(kind, test)
  const tokens = tokenizer.encode(test)

  it.each([3, 7, 16])('rows of %i tokens hold each character once, wherever they cut it', (length) => {
    const count = Math.floor(tokens.length / length)
    const held = heldOutRowsOf(dataset, tokenizer, { split: 'test', length, count })
    const covered = tokenizer.decode(tokens.subarray(0, length * count))
    const all = held.characters.reduce((sum, n) => sum + n, 0)
    // The rows lie side by side, so that only the last character may be cut for good.
    if (held.starts.every((start, i) => i === 0 || start === held.starts[i - 1] + held.characters[i - 1]))
      expect(Math.abs(all - [...covered].length)).toBeLessThanOrEqual(1)
    for (const [i, text] of rowTexts(test, held).entries())
      expect([...text].length, text).toBe(held.characters[i])
    const bytes = new TextEncoder().encode(test).length
    if (kind.type === 'symbols') expect(held.bytes).toBeUndefined()
    else {
      const perRow = held.rows.map((row) => row.reduce((sum, id) => sum + tokenizer.bytesOf(id).length, 0))
      expect(held.bytes).toEqual(perRow)
      expect(perRow.reduce((sum, n) => sum + n, 0)).toBeLessThanOrEqual(bytes)
    }
  })

  it('a model of one nat a byte costs one nat a byte, and as many a character as a character has bytes', async () => {
    const length = 16
    const held = heldOutRowsOf(dataset, tokenizer, { split: 'test', length, count: 12 })
    const bytesOf = (row: Int32Array): number =>
      row.reduce((sum, id) => sum + tokenizer.bytesOf(id).length, 0)
    const model = {
      logLikelihood: async (rows: readonly Int32Array[]) =>
        rows.map((row) => ({
          nats: bytesOf(row) * Math.LN2,
          kind: 'exact' as const,
          bound: 'exact' as const,
          stderr: 0,
          draws: 1,
        })),
    }
    const [perCharacter, perByte] = await likelihoodMetrics(model, held)
    if (kind.type === 'symbols') expect(perByte).toBeUndefined()
    else expect(perByte.value).toBeCloseTo(1, 12)
    const ratio = new TextEncoder().encode(test).length / [...test].length
    expect(perCharacter.value / ratio).toBeGreaterThan(0.9)
    expect(perCharacter.value / ratio).toBeLessThan(1.1)
  })

  it('texts of one length in tokens have so many characters to compare, at least', () => {
    const characters = charactersOf(dataset, tokenizer, 16)
    if (kind.type === 'symbols') expect(characters).toBe(16)
    const rows = Array.from({ length: Math.floor(tokens.length / 16) }, (_, r) =>
      tokenizer.decode(tokens.subarray(16 * r, 16 * r + 16)),
    )
    const shorter = rows.filter((text) => [...text].length < characters).length
    expect(shorter / rows.length).toBeLessThanOrEqual(0.01)
    expect(Math.min(...rows.map((text) => [...text].length))).toBeLessThan(characters + 3)
  })
})
