import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createBpeTokenizer, mergeWhere } from './bpe.ts'
import { trainBpe } from './bpe-train.ts'
import { splitPieces } from './pieces.ts'

/** Training by definition: recount every pair before every merge. */
function bruteForceMerges(text: string, vocabSize: number): [number, number][] {
  let words: Int32Array[] = splitPieces(text).map((piece) => Int32Array.from(new TextEncoder().encode(piece)))
  const merges: [number, number][] = []
  while (merges.length < vocabSize - 256) {
    const counts = new Map<string, number>()
    for (const word of words)
      for (let i = 0; i + 1 < word.length; i++) {
        const key = `${word[i]},${word[i + 1]}`
        counts.set(key, (counts.get(key) ?? 0) + 1)
      }
    const ranked = [...counts].map(([key, n]) => [...key.split(',').map(Number), n])
    ranked.sort((a, b) => b[2] - a[2] || a[0] - b[0] || a[1] - b[1])
    if (ranked.length === 0 || ranked[0][2] < 2) break
    const [left, right] = ranked[0]
    const merged = 256 + merges.push([left, right]) - 1
    words = words.map((word) => mergeWhere(word, (a, b) => a === left && b === right, merged))
  }
  return merges
}

const wordyText = fc
  .array(
    fc.constantFrom(
      'low',
      'lower',
      'newest',
      'wide',
      'aaa',
      'aaaaaa',
      'ab',
      'ba',
      "it's",
      '42',
      '狐',
      '\n',
      '  ',
    ),
    {
      minLength: 1,
      maxLength: 40,
    },
  )
  .chain((words) => fc.constantFrom(' ', '', '  ').map((gap) => words.join(gap)))

describe('trainBpe', () => {
  it('finds the merges of a text worked by hand', () => {
    // Pairs: (a,b) 3, (b,c) 2; then (ab,c) 2; then nothing occurs twice.
    expect(trainBpe('abc\nabc\nab', 400)).toEqual([
      [97, 98],
      [256, 99],
    ])
  })

  it('equals recounting from scratch, ties and overlaps included', () => {
    fc.assert(
      fc.property(wordyText, (text) => {
        expect(trainBpe(text, 280)).toEqual(bruteForceMerges(text, 280))
      }),
    )
  })

  it('gives a shorter vocabulary a prefix of a longer one', () => {
    const text = 'she sells sea shells by the sea shore, the shells she sells are sea shells'.repeat(2)
    expect(trainBpe(text, 300).slice(0, 14)).toEqual(trainBpe(text, 270))
  })
})

describe('encode', () => {
  it('reproduces on the training text the segmentation that training ended with', () => {
    fc.assert(
      fc.property(wordyText, (text) => {
        const merges = trainBpe(text, 290)
        let words: Int32Array[] = splitPieces(text).map((piece) =>
          Int32Array.from(new TextEncoder().encode(piece)),
        )
        merges.forEach(([left, right], rank) => {
          words = words.map((word) => mergeWhere(word, (a, b) => a === left && b === right, 256 + rank))
        })
        expect([...createBpeTokenizer(merges).encode(text)]).toEqual(words.flatMap((word) => [...word]))
      }),
    )
  })

  it('never merges across a piece', () => {
    const tokenizer = createBpeTokenizer([
      [97, 32],
      [32, 98],
    ])
    expect([...tokenizer.encode('a b')]).toEqual([97, 257])
  })

  it('bounds the work on text without spaces', () => {
    const text = 'ab🦊'.repeat(30_000)
    const tokenizer = createBpeTokenizer(trainBpe(text, 300))
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(text)
  })
})

describe('splitPieces', () => {
  it('cuts as GPT-2 does', () => {
    expect(splitPieces("Hello world, it's 42  times\n\nx")).toEqual([
      'Hello',
      ' world',
      ',',
      ' it',
      "'s",
      ' 42',
      ' ',
      ' times',
      '\n',
      '\n',
      'x',
    ])
  })

  it('loses nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (text) => {
        expect(splitPieces(text).join('')).toBe(text)
      }),
    )
  })
})
