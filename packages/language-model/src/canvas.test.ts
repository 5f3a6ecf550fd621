import { InputError } from '@trivium/schema'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type CanvasRow, checkCanvas, freeCanvas, gapCanvas, plainVocabulary, promptLength } from './index.ts'

const vocabulary = plainVocabulary(4)
const row = (tokens: number[], frozen: number[]): CanvasRow => ({
  tokens: Int32Array.from(tokens),
  frozen: Uint8Array.from(frozen),
})
const text = (...tokens: number[]): Int32Array => Int32Array.from(tokens)

describe('freeCanvas, gapCanvas', () => {
  it('a free canvas is MASK everywhere and frozen nowhere', () => {
    expect(freeCanvas(3, vocabulary)).toEqual(row([4, 4, 4], [0, 0, 0]))
    expect(freeCanvas(0, vocabulary)).toEqual(row([], []))
  })

  it('freezes prefix and suffix around a gap of MASK', () => {
    expect(gapCanvas(text(0, 1), 2, text(3), vocabulary)).toEqual(row([0, 1, 4, 4, 3], [1, 1, 0, 0, 1]))
    expect(gapCanvas(text(0, 1), 2, text(), vocabulary)).toEqual(row([0, 1, 4, 4], [1, 1, 0, 0]))
    expect(gapCanvas(text(), 2, text(3), vocabulary)).toEqual(row([4, 4, 3], [0, 0, 1]))
    expect(gapCanvas(text(1), 0, text(2), vocabulary)).toEqual(row([1, 2], [1, 1]))
  })

  it('copies what it is given', () => {
    const prefix = text(0, 1)
    gapCanvas(prefix, 1, text(), vocabulary).tokens[0] = 3
    expect([...prefix]).toEqual([0, 1])
  })
})

describe('promptLength', () => {
  it('counts the frozen positions that come first', () => {
    expect(promptLength(freeCanvas(3, vocabulary))).toBe(0)
    expect(promptLength(gapCanvas(text(0, 1), 3, text(), vocabulary))).toBe(2)
    expect(promptLength(row([0, 1], [1, 1]))).toBe(2)
  })

  it('is null as soon as given text stands behind a gap', () => {
    expect(promptLength(gapCanvas(text(0), 1, text(1), vocabulary))).toBeNull()
    expect(promptLength(gapCanvas(text(), 1, text(1), vocabulary))).toBeNull()
  })

  it('agrees with the definition for any flags', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, 1), { maxLength: 12 }), (frozen) => {
        const isPrompt = /^1*0*$/.test(frozen.join(''))
        const ones = frozen.filter((f) => f === 1).length
        expect(promptLength(row(frozen, frozen))).toBe(isPrompt ? ones : null)
      }),
    )
  })
})

describe('checkCanvas', () => {
  const check = (...rows: CanvasRow[]): void => checkCanvas(rows, vocabulary, 6)

  it('accepts rows of one length up to the context, all frozen or all free', () => {
    check(freeCanvas(6, vocabulary), gapCanvas(text(0, 3), 3, text(2), vocabulary))
    check(row([0, 1, 2, 3], [1, 1, 1, 1]))
    // What a free position holds does not matter: it is to be written.
    check(row([-1, 99], [0, 0]))
  })

  it.each<[string, CanvasRow[], string]>([
    ['no rows', [], 'the canvas has no rows; pass at least one'],
    ['no positions', [row([], [])], 'the canvas has no positions; ask for at least one token'],
    [
      'a row beyond the context',
      [freeCanvas(7, vocabulary)],
      "canvas length 7 exceeds the model's context 6; shorten it or train with model.context: 7",
    ],
    [
      'rows of two lengths',
      [freeCanvas(3, vocabulary), freeCanvas(4, vocabulary)],
      'canvas row 1 has 4 tokens and 4 flags where row 0 has 3; rows of one request share a length',
    ],
    [
      'flags that do not match the tokens',
      [row([0, 1, 2], [1, 1])],
      'canvas row 0 has 3 tokens and 2 flags where row 0 has 3; rows of one request share a length',
    ],
    [
      'a frozen special',
      [freeCanvas(2, vocabulary), row([0, 4], [1, 1])],
      'canvas row 1 position 1 is frozen with token 4, which is not text (0 … 3)',
    ],
    [
      'a frozen negative token',
      [row([-1, 0], [1, 0])],
      'canvas row 0 position 0 is frozen with token -1, which is not text (0 … 3)',
    ],
  ])('refuses %s', (_, rows, message) => {
    expect(() => check(...rows)).toThrow(new InputError(message))
  })
})
