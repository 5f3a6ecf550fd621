import { InputError } from '@trivium/schema'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createBatcher, heldOutStarts } from './batches.ts'

const counting = (n: number): Int32Array => Int32Array.from({ length: n }, (_, i) => i)
/** First tokens of the rows `from` … `to - 1`; the stream counts, so they are offsets. */
function starts(stream: number, length: number, seed: number, from: number, to: number): number[] {
  const batcher = createBatcher({ tokens: counting(stream), batchSize: 1, length, seed })
  return Array.from({ length: to - from }, (_, i) => {
    const { tokens } = batcher.batch(from + i)
    expect([...tokens]).toEqual(Array.from({ length }, (_, k) => tokens[0] + k))
    return tokens[0]
  })
}

describe('createBatcher', () => {
  it('visits in each epoch every block once, on one phase, leaving out less than two rows', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.nat(80),
        fc.nat(1000),
        fc.nat(3),
        (length, extra, seed, epoch) => {
          const stream = length + extra
          const { rowsPerEpoch: rows } = createBatcher({
            tokens: counting(stream),
            batchSize: 1,
            length,
            seed,
          })
          const seen = starts(stream, length, seed, epoch * rows, (epoch + 1) * rows).sort((a, b) => a - b)
          expect(seen).toEqual(Array.from({ length: rows }, (_, i) => seen[0] + i * length))
          expect(seen[0]).toBeLessThan(length)
          expect(seen[rows - 1] + length).toBeLessThanOrEqual(stream)
          expect(stream - rows * length).toBeLessThan(2 * length)
        },
      ),
    )
  })

  it('is a function of the seed and the index, whatever was asked before and whatever the batch size', () => {
    const tokens = counting(1000)
    const batcher = createBatcher({ tokens, batchSize: 6, length: 7, seed: 3 })
    const inOrder = Array.from({ length: 80 }, (_, i) => [...batcher.batch(i).tokens])
    const shuffled = [79, 0, 41, 40, 78, 1]
    for (const i of shuffled) expect([...batcher.batch(i).tokens]).toEqual(inOrder[i])
    const fresh = createBatcher({ tokens, batchSize: 3, length: 7, seed: 3 })
    expect([...fresh.batch(82).tokens, ...fresh.batch(83).tokens]).toEqual(inOrder[41])
    expect(batcher.batch(0)).toMatchObject({ batch: 6, length: 7 })
  })

  it('changes order and phase between epochs, and order between seeds', () => {
    const rows = createBatcher({ tokens: counting(2000), batchSize: 1, length: 20, seed: 1 }).rowsPerEpoch
    const epochs = Array.from({ length: 40 }, (_, e) => starts(2000, 20, 1, e * rows, (e + 1) * rows))
    const phases = new Set(epochs.map((epoch) => epoch[0] % 20))
    expect(phases.size).toBeGreaterThan(10)
    expect(epochs[0].map((s) => Math.floor(s / 20))).not.toEqual(epochs[1].map((s) => Math.floor(s / 20)))
    expect(starts(2000, 20, 2, 0, rows)).not.toEqual(epochs[0])
  })

  it('refuses a stream shorter than a row and sizes that are none', () => {
    const options = { tokens: counting(10), batchSize: 2, length: 11, seed: 1 }
    expect(() => createBatcher(options)).toThrow(/10 tokens, less than one row of 11/)
    expect(() => createBatcher({ ...options, length: 0 })).toThrow(InputError)
    expect(() => createBatcher({ ...options, length: 5, batchSize: 0 })).toThrow(/batchSize 0/)
    expect(() => createBatcher({ ...options, length: 5 }).batch(-1)).toThrow(InputError)
  })
})

describe('heldOutStarts', () => {
  it('spreads rows evenly without overlap', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.nat(200),
        fc.integer({ min: 1, max: 30 }),
        (length, extra, count) => {
          const stream = length + extra
          const starts = heldOutStarts(counting(stream), length, count)
          expect(starts.length).toBe(Math.min(count, Math.floor(stream / length)))
          starts.forEach((start, i) => {
            expect(start + length).toBeLessThanOrEqual(stream)
            const gap = i > 0 ? start - starts[i - 1] : Number.NaN
            if (i > 0) expect(gap).toBeGreaterThanOrEqual(length)
            if (i > 0) expect(Math.abs(gap - stream / starts.length)).toBeLessThan(1)
          })
        },
      ),
    )
  })

  it('refuses a stream shorter than a row', () => {
    expect(() => heldOutStarts(counting(4), 5, 1)).toThrow(InputError)
  })
})
