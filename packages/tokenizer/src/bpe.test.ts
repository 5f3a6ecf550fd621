import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createBpeTokenizer, type Merges } from './bpe.ts'
import { trainBpe } from './bpe-train.ts'
import { createPairQueue } from './pair-queue.ts'
import { splitPieces } from './pieces.ts'

const piecesOf = (text: string): number[][] =>
  splitPieces(text).map((piece) => [...new TextEncoder().encode(piece)])

/** A pair replaced wherever it stands, from the left, without overlap. */
function mergeWhere(
  ids: readonly number[],
  [left, right]: readonly [number, number],
  merged: number,
): number[] {
  const out: number[] = []
  for (let i = 0; i < ids.length; i++) {
    const hit = ids[i] === left && ids[i + 1] === right
    out.push(hit ? merged : ids[i])
    if (hit) i++
  }
  return out
}

/** Encoding by definition: every merge in its turn, everywhere. */
const bruteForceEncode = (merges: Merges, text: string): number[] =>
  merges
    .reduce((words, pair, rank) => words.map((word) => mergeWhere(word, pair, 256 + rank)), piecesOf(text))
    .flat()

/** Training by definition: recount every pair before every merge. */
function bruteForceMerges(text: string, vocabSize: number): [number, number][] {
  let words = piecesOf(text)
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
    words = words.map((word) => mergeWhere(word, [left, right], merged))
  }
  return merges
}

/** Text without a space, so that its pieces are as long as a piece gets. */
function unbroken(length: number): string {
  let state = 1
  return Array.from({ length }, () => {
    // Park and Miller's generator: a test of this package needs no better one.
    state = (state * 48271) % 2147483647
    return 'abcdefgh'[Math.floor(8 * (state / 2147483647) ** 2)]
  }).join('')
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

  it('equals recounting on text without spaces, whose pieces are long', () => {
    const text = unbroken(3000)
    expect(trainBpe(text, 330)).toEqual(bruteForceMerges(text, 330))
  })

  it('costs a few counts a byte, however many merges are learned and however long the pieces are', () => {
    for (const length of [5_000, 20_000]) {
      let counts = 0
      const queue = createPairQueue()
      const add: typeof queue.add = (...change) => {
        counts++
        queue.add(...change)
      }
      expect(trainBpe(unbroken(length), 500, undefined, { ...queue, add })).toHaveLength(244)
      // One a byte at the start; a merge takes a byte away and changes at most five counts.
      expect(counts).toBeLessThan(6 * length)
    }
  })

  it('tells how far it is', () => {
    const seen: [number, number][] = []
    trainBpe(unbroken(5_000), 456, (...progress) => seen.push(progress))
    expect(seen).toEqual(Array.from({ length: 101 }, (_, i) => [2 * i, 200]))
    // Nothing occurs twice any more after two merges; the end is told all the same.
    const short: [number, number][] = []
    trainBpe('abc\nabc\nab', 400, (...progress) => short.push(progress))
    expect(short).toEqual([
      [0, 144],
      [2, 144],
      [144, 144],
    ])
  })

  it('gives a shorter vocabulary a prefix of a longer one', () => {
    const text = 'she sells sea shells by the sea shore, the shells she sells are sea shells'.repeat(2)
    expect(trainBpe(text, 300).slice(0, 14)).toEqual(trainBpe(text, 270))
  })
})

describe('encode', () => {
  it('applies the merges in their order, on the text that they were learned from', () => {
    fc.assert(
      fc.property(wordyText, (text) => {
        const merges = trainBpe(text, 290)
        expect([...createBpeTokenizer(merges).encode(text)]).toEqual(bruteForceEncode(merges, text))
      }),
    )
  })

  it('applies any merges in their order', () => {
    // Pairs of a, b, c and of what earlier merges made, each pair once.
    const someMerges = fc.array(fc.tuple(fc.nat(40), fc.nat(40)), { maxLength: 30 }).map((draws) => {
      const merges: [number, number][] = []
      for (const draw of draws) {
        const [left, right] = draw.map((n) =>
          n % (3 + merges.length) < 3 ? 97 + (n % 3) : 253 + (n % (3 + merges.length)),
        )
        if (!merges.some(([a, b]) => a === left && b === right)) merges.push([left, right])
      }
      return merges
    })
    const someText = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 80 })
    fc.assert(
      fc.property(someMerges, someText, (merges, text) => {
        expect([...createBpeTokenizer(merges).encode(text)]).toEqual(bruteForceEncode(merges, text))
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

  it('refuses merges whose token no text can hold', () => {
    const doubling = Array.from({ length: 40 }, (_, i): [number, number] =>
      i === 0 ? [97, 97] : [255 + i, 255 + i],
    )
    expect(() => createBpeTokenizer(doubling)).toThrow(
      /merges\.9: its token has 1024 bytes, .* more than 768/,
    )
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
