import { plainVocabulary } from '@trivium/language-model'
import { createRng } from '@trivium/random'
import { autoregressiveOptionsSchema } from '@trivium/schema'
import { describe, expect, it } from 'vitest'
import { arrangeGap, arrangeText, fimLead, fimSentinels, gapOf, refuseMoreGaps } from './fim.ts'

const plain = plainVocabulary(100)
const fim = { prefix: 104, suffix: 105, middle: 106 }
const vocabulary = { ...plain, size: 107, fim }
const ids = (...tokens: number[]): Int32Array => Int32Array.from(tokens)

describe('fimLead', () => {
  it('is PRE prefix SUF suffix MID, or PRE SUF suffix MID prefix', () => {
    expect(fimLead(ids(1, 2), ids(3), fim, 'psm')).toEqual([104, 1, 2, 105, 3, 106])
    expect(fimLead(ids(1, 2), ids(3), fim, 'spm')).toEqual([104, 105, 3, 106, 1, 2])
  })

  it('needs sentinels', () => {
    expect(() => fimSentinels(plain)).toThrow(/options\.fimRate needs a tokenizer/)
  })
})

describe('arrangeText', () => {
  const text = Int32Array.from({ length: 40 }, (_, i) => i)
  const drawn = (fimSpm: number) =>
    Array.from({ length: 400 }, (_, i) =>
      arrangeText(text, vocabulary, autoregressiveOptionsSchema.parse({ fimSpm }), createRng(i)),
    )

  it.each(['psm', 'spm'] as const)(
    '%s: all of the text but the last four tokens, once and in order',
    (order) => {
      const lengths = new Set<number>()
      const middles = new Set<number>()
      let short = 0
      for (const { tokens, learned } of drawn(order === 'spm' ? 1 : 0)) {
        expect(tokens.length).toBe(40)
        const [pre, suf, mid, eos] = [104, 105, 106, vocabulary.eos].map((id) => tokens.indexOf(id))
        // What is read and not learned.
        expect([...learned.keys()].filter((i) => learned[i] === 0)).toEqual(
          [pre, suf, mid, eos].sort((a, b) => a - b),
        )
        const rest = [...tokens.subarray(eos + 1)]
        const segment =
          order === 'psm'
            ? [
                ...tokens.subarray(pre + 1, suf),
                ...tokens.subarray(mid + 1, eos),
                ...tokens.subarray(suf + 1, mid),
              ]
            : [...tokens.subarray(mid + 1, eos), ...tokens.subarray(suf + 1, mid)]
        expect([...segment, ...rest]).toEqual([...text.subarray(0, 36)])
        lengths.add(segment.length)
        middles.add(eos - mid - 1)
        if (order === 'psm' && eos - mid - 1 <= 4) short += 1
      }
      expect([Math.min(...lengths), Math.max(...lengths)]).toEqual([16, 36])
      expect(middles.size).toBeGreaterThan(20)
      if (order === 'spm') return
      // log 5 / log n of them, where evenly drawn ones would be 4 / n.
      expect(short / 400).toBeGreaterThan(0.4)
      expect(short / 400).toBeLessThan(0.6)
    },
  )

  it('takes the suffix first for the share that is asked for', () => {
    const first = drawn(0.25).filter(({ tokens }) => tokens[1] === 105 && tokens.indexOf(106) < 39)
    expect(first.length / 400).toBeGreaterThan(0.15)
    expect(first.length / 400).toBeLessThan(0.4)
  })
})

describe('a gap', () => {
  it('lies between given texts; a prompt has none', () => {
    expect(gapOf(Uint8Array.of(1, 0, 0, 1))).toEqual({ from: 1, end: 3 })
    expect(gapOf(Uint8Array.of(0, 1))).toEqual({ from: 0, end: 1 })
    expect(gapOf(Uint8Array.of(1, 0, 0))).toBeNull()
    expect(gapOf(Uint8Array.of(1, 1))).toBeNull()
  })

  it('is learned, and what is given is not', () => {
    const { tokens, learned } = arrangeGap(ids(1, 2, 3, 4), { from: 1, end: 3 }, vocabulary, 'psm')
    expect([...tokens]).toEqual([104, 1, 105, 4, 106, 2, 3])
    expect([...learned]).toEqual([0, 0, 0, 0, 0, 1, 1])
  })

  it('comes alone', () => {
    refuseMoreGaps(Uint8Array.of(1, 0, 1), 0)
    for (const given of [Uint8Array.of(1, 0, 1, 0), Uint8Array.of(0, 1, 0, 1)])
      expect(() => refuseMoreGaps(given, 7)).toThrow(/row 7 has free positions in more than one place/)
  })
})
