import { InputError } from '@trivium/schema'
import { describe, expect, it } from 'vitest'
import {
  type CanvasRow,
  drain,
  freeCanvas,
  type GenerationRequest,
  gapCanvas,
  plainVocabulary,
  type RowState,
  startDecoding,
} from './index.ts'

const vocabulary = plainVocabulary(4)
const text = (...tokens: number[]): Int32Array => Int32Array.from(tokens)
const free = freeCanvas(6, vocabulary)
const prompt = gapCanvas(text(1, 2), 4, text(), vocabulary)
const infill = gapCanvas(text(1), 3, text(2, 2), vocabulary)
const start = (canvas: CanvasRow[], more: Partial<GenerationRequest> = {}) =>
  startDecoding(
    { canvas, sampler: { type: 'ar', temperature: 1, cache: true }, seed: 1, ...more },
    vocabulary,
  )
/** Writes text at positions as a sampler does. */
const write = (row: RowState, from: number, ...tokens: number[]): void => {
  row.tokens.set(tokens, from)
  row.confidence.fill(0.5, from, from + tokens.length)
}

describe('startDecoding', () => {
  it('starts rows with given text, MASK elsewhere whatever stood there, and leaves the request alone', () => {
    const scribbled = { tokens: text(3, 1, 2), frozen: Uint8Array.of(1, 0, 0) }
    const { rows } = start([scribbled])
    expect(rows[0]).toMatchObject({ index: 0, tokens: text(3, 4, 4), tail: 1, finish: null })
    expect([...rows[0].confidence]).toEqual([1, 0, 0])
    rows[0].tokens[1] = 0
    expect(scribbled.tokens).toEqual(text(3, 1, 2))
  })

  it('calls rows finished that have nothing to write, and unfinished ones aborted', () => {
    const whole = gapCanvas(text(1, 2), 0, text(), vocabulary)
    const { rows, cost } = start([whole, freeCanvas(2, vocabulary)]).end()
    expect(rows.map(({ finish }) => finish)).toEqual(['length', 'aborted'])
    expect(rows[1].tokens).toEqual(text(4, 4))
    expect(cost).toMatchObject({ forwards: 0, tokenPositions: 0, cacheCommits: 0, msFirstToken: 0 })
  })

  it('keeps the books: forwards, positions, the time of the first token', () => {
    const decoding = start([free, free])
    const [first, second] = decoding.rows
    decoding.countForward([first, second], 3)
    decoding.countForward([second], 2)
    decoding.countWritten()
    const { rows, cost } = decoding.end()
    expect(cost).toMatchObject({ forwards: 2, tokenPositions: 8 })
    // What each took part in: a quick row is not charged for a slow neighbour.
    expect(rows.map(({ forwards, tokenPositions }) => [forwards, tokenPositions])).toEqual([
      [1, 3],
      [2, 5],
    ])
    expect(cost.msFirstToken).toBeGreaterThan(0)
    expect(cost.ms).toBeGreaterThanOrEqual(cost.msFirstToken)
  })

  it('refuses rows to watch and stop tokens that are not there', () => {
    expect(() => start([free], { traceRows: [0, 1] })).toThrow(
      new InputError('traceRows names row 1; the canvas has rows 0 … 0'),
    )
    for (const token of [8, -1, 0.5])
      expect(() => start([free], { stopTokens: [1, token] })).toThrow(
        new InputError(`the stop token ${token} is not in the vocabulary (0 … 7)`),
      )
  })
})

describe('the stop rule', () => {
  const cut = (canvas: CanvasRow, from: number, ...tokens: number[]): [boolean, number[], string | null] => {
    const decoding = start([canvas], { stopTokens: [2, 3] })
    const [row] = decoding.rows
    write(row, from, ...tokens)
    return [decoding.cutAtStop(row), [...row.tokens], row.finish]
  }

  it('cuts behind the first stop token in the free tail as soon as all before it stands', () => {
    expect(cut(free, 0, 0, 1, 3)).toEqual([true, [0, 1, 3, 7, 7, 7], 'stop'])
    expect(cut(free, 0, 0, 3, 2, 1, 3, 0)).toEqual([true, [0, 3, 7, 7, 7, 7], 'stop'])
    expect(cut(free, 1, 3, 0)).toEqual([false, [4, 3, 0, 4, 4, 4], null])
    expect(cut(free, 0, 0, 1, 1)).toEqual([false, [0, 1, 1, 4, 4, 4], null])
  })

  it('takes a given stop token, and one in a gap, for text', () => {
    expect(cut(prompt, 2, 0)).toEqual([false, [1, 2, 0, 4, 4, 4], null])
    expect(cut(prompt, 2, 0, 3)).toEqual([true, [1, 2, 0, 3, 7, 7], 'stop'])
    expect(cut(infill, 1, 3, 3, 3)).toEqual([false, [1, 3, 3, 3, 2, 2], null])
    const both = { tokens: text(1, 0, 0, 1, 0, 0), frozen: Uint8Array.of(1, 0, 0, 1, 0, 0) }
    expect(cut(both, 1, 3, 3)).toEqual([false, [1, 3, 3, 1, 4, 4], null])
    expect(cut(both, 4, 3, 0)).toEqual([false, [1, 4, 4, 1, 3, 0], null])
  })

  it('PAD has no confidence, and nothing is cut without stop tokens', () => {
    const decoding = start([free], { stopTokens: [3] })
    write(decoding.rows[0], 0, 0, 3, 1, 1, 1, 1)
    decoding.cutAtStop(decoding.rows[0])
    expect([...decoding.rows[0].confidence]).toEqual([0.5, 0.5, 0, 0, 0, 0])
    const without = start([free])
    write(without.rows[0], 0, 3, 3)
    expect(without.cutAtStop(without.rows[0])).toBe(false)
  })

  it('ends behind a whole sequence of tokens in the tail, the first that stands', () => {
    const cutAt = (stopTokens: (number | number[])[], ...tokens: number[]): number[] | null => {
      const decoding = start([prompt], { stopTokens })
      const [row] = decoding.rows
      write(row, 2, ...tokens)
      return decoding.cutAtStop(row) ? [...row.tokens] : null
    }
    const { pad } = vocabulary
    expect(cutAt([[3, 1]], 3, 1, 0, 0)).toEqual([1, 2, 3, 1, pad, pad])
    expect(cutAt([[3, 1]], 3, 3, 1, 0)).toEqual([1, 2, 3, 3, 1, pad])
    expect(cutAt([[3, 1], 0], 3, 0, 3, 1)).toEqual([1, 2, 3, 0, pad, pad])
    expect(cutAt([[1, 1, 1]], 1, 1, 0, 1)).toBeNull()
    // A sequence that begins in the prompt is not written, and one that is not whole yet is none.
    expect(cutAt([[2, 3]], 3, 0, 0, 0)).toBeNull()
    expect(cutAt([[3, 1]], 0, 0, 3)).toBeNull()
    expect(cutAt([[3, 1]], 3)).toBeNull()
  })

  it('refuses sequences that are empty or hold what is no token', () => {
    expect(() => start([free], { stopTokens: [[]] })).toThrow(/a stop sequence has no tokens/)
    expect(() => start([free], { stopTokens: [[1, 9]] })).toThrow(/the stop token 9 is not in the vocabulary/)
  })
})

describe('events', () => {
  it('are snapshots of watched rows: what changed since the last one, whatever happens to the row later', () => {
    const decoding = start([free, prompt], { traceRows: [1] })
    const [other, row] = decoding.rows
    expect([decoding.watches(other), decoding.watches(row)]).toEqual([false, true])
    decoding.countForward([other, row], 6)
    write(row, 2, 3)
    const first = decoding.event(row, 1, [2])
    expect(first).toMatchObject({ row: 1, step: 1, forwards: 1, committed: [2], changed: [2] })
    write(row, 2, 0, 1)
    const second = decoding.event(row, 2, [3])
    expect(second.changed).toEqual([2, 3])
    expect([...first.tokens]).toEqual([1, 2, 3, 4, 4, 4])
    expect([...first.confidence]).toEqual([1, 1, 0.5, 0, 0, 0])
    expect(second.tMs).toBeGreaterThanOrEqual(first.tMs)
  })
})

describe('aborted', () => {
  it('follows the signal, and is never true without one', async () => {
    const stop = new AbortController()
    const decoding = start([free], { signal: stop.signal })
    expect(await decoding.aborted()).toBe(false)
    stop.abort()
    expect(await decoding.aborted()).toBe(true)
    expect(await start([free]).aborted()).toBe(false)
  })
})

describe('drain', () => {
  async function* count(n: number): AsyncGenerator<number, string, void> {
    for (let i = 0; i < n; i++) yield i
    return 'end'
  }

  it('gives the result, and shows every event on the way', async () => {
    const seen: number[] = []
    expect(await drain(count(3), (event) => seen.push(event))).toBe('end')
    expect(seen).toEqual([0, 1, 2])
    expect(await drain(count(2))).toBe('end')
  })
})
