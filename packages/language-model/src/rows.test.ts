import { InputError, Stopped } from '@trivium/schema'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  checkRows,
  equalLengthRanges,
  freeCounts,
  freePositions,
  scoredPositions,
  scoringRanges,
  stackRows,
} from './index.ts'

const rows = [Int32Array.of(0, 1, 2), Int32Array.of(3, 3)]
const flags = (...values: number[]): Uint8Array => Uint8Array.from(values)

describe('checkRows', () => {
  const check = (given: Uint8Array[] | undefined, scored: Int32Array[] = rows): void =>
    checkRows(scored, { textSize: 4 }, 3, { given })

  it('accepts text up to the context, with flags that fit or none', () => {
    check(undefined)
    check([flags(1, 0, 1), flags(0, 0)])
  })

  it.each<[string, Uint8Array[] | undefined, Int32Array[], string]>([
    ['an empty row', undefined, [new Int32Array(0)], 'row 0 has 0 tokens; the model scores 1 to 3'],
    ['a long row', undefined, [rows[0], new Int32Array(4)], 'row 1 has 4 tokens; the model scores 1 to 3'],
    [
      'a special',
      undefined,
      [Int32Array.of(0, 4)],
      'row 0 position 1 holds token 4, which is not text (0 … 3)',
    ],
    ['too few flags', [flags(1, 0, 0)], rows, 'given has 1 rows of flags for 2 rows of tokens'],
    ['flags of another length', [flags(1, 0, 0), flags(1)], rows, 'row 1 has 2 tokens and 1 given flags'],
  ])('refuses %s', (_, given, scored, message) => {
    expect(() => check(given, scored)).toThrow(new InputError(message))
  })
})

describe('free positions', () => {
  it('are all that are not given', () => {
    expect(freePositions(3)).toEqual([0, 1, 2])
    expect(freePositions(4, flags(1, 0, 1, 0))).toEqual([1, 3])
    expect(scoredPositions(rows, { given: [flags(0, 1, 0), flags(1, 0)] })).toEqual([[0, 2], [1]])
    expect(() => scoredPositions(rows, { given: [flags(0, 1, 0), flags(1, 1)] })).toThrow(
      new InputError('row 1 has no tokens to score; pass at least one that is not given'),
    )
  })

  it('are counted by row of a batch, and a row needs one', () => {
    const batch = { tokens: new Int32Array(6), batch: 2, length: 3 }
    expect(freeCounts(batch)).toEqual([3, 3])
    expect(freeCounts({ ...batch, given: flags(1, 0, 1, 0, 0, 1) })).toEqual([1, 2])
    expect(() => freeCounts({ ...batch, given: flags(1, 0, 1, 1, 1, 1) })).toThrow(
      new InputError('row 1 of the batch is given whole; leave it out of training'),
    )
    expect(() => freeCounts({ ...batch, given: flags(1, 0) })).toThrow(
      new InputError('given has 2 flags for 2 rows of 3 tokens'),
    )
  })
})

it('stackRows puts rows of one length below each other', () => {
  expect(stackRows([Int32Array.of(1, 2), Int32Array.of(3, 4)])).toEqual({
    tokens: Int32Array.of(1, 2, 3, 4),
    batch: 2,
    length: 2,
  })
})

it('equalLengthRanges covers all in order, in batches of one length that are as large as they may be', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 20 }),
      fc.integer({ min: 1, max: 5 }),
      (lengths, most) => {
        const ranges = [...equalLengthRanges(lengths.length, (i) => lengths[i], most)]
        expect(ranges.flatMap(([from, to]) => lengths.slice(from, to))).toEqual(lengths)
        ranges.forEach(([from, to], k) => {
          expect(to - from).toBeLessThanOrEqual(most)
          expect(new Set(lengths.slice(from, to)).size).toBe(1)
          if (k > 0 && lengths[from - 1] === lengths[from]) expect(from - ranges[k - 1][0]).toBe(most)
        })
      },
    ),
  )
})

describe('scoringRanges', () => {
  it('hears a signal that a timer fires while forwards work in microtasks alone', async () => {
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 1)
    let forwards = 0
    const score = async (): Promise<void> => {
      for await (const _ of scoringRanges(10_000, () => 1, { batchSize: 1, signal: stop.signal })) {
        forwards++
        // A synchronous engine.
        for (const end = performance.now() + 1; performance.now() < end; );
      }
    }
    await expect(score()).rejects.toThrow(Stopped)
    expect(forwards).toBeLessThan(10_000)
  })

  it('gives the ranges of equalLengthRanges', async () => {
    const lengths = [1, 1, 1, 2, 2]
    const seen: (readonly [number, number])[] = []
    for await (const range of scoringRanges(5, (i) => lengths[i], { batchSize: 2 })) seen.push(range)
    expect(seen).toEqual([...equalLengthRanges(5, (i) => lengths[i], 2)])
  })
})
