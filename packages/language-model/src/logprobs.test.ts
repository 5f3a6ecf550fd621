import { describe, expect, it } from 'vitest'
import { freeCanvas, gapCanvas, noteLogprobs, plainVocabulary, startDecoding } from './index.ts'
import { tokenLogprobs } from './logprobs.ts'

const vocabulary = plainVocabulary(4)
const start = (logprobs?: number) =>
  startDecoding(
    {
      canvas: [gapCanvas(Int32Array.of(1), 3, new Int32Array(0), vocabulary), freeCanvas(4, vocabulary)],
      sampler: { type: 'ar', temperature: 1, cache: true },
      seed: 1,
      stopTokens: [3],
      logprobs,
    },
    vocabulary,
  )

describe('tokenLogprobs', () => {
  it('is ln softmax, whatever the size of the logits; equals stand by id', () => {
    const p = [0.1, 0.4, 0.1, 0.4]
    for (const shift of [0, 1e4, -1e4]) {
      const { logprob, top } = tokenLogprobs(
        p.map((x) => Math.log(x) + shift),
        2,
        3,
      )
      expect(logprob).toBeCloseTo(Math.log(0.1), 9)
      expect(top.map(({ token }) => token)).toEqual([1, 3, 0])
      expect(top[0].logprob).toBeCloseTo(Math.log(0.4), 9)
    }
    expect(tokenLogprobs(p, 0, 0).top).toEqual([])
  })
})

describe('logprobs of a request', () => {
  it('are kept for written tokens alone: not for given ones, PAD, or a token that was masked again', () => {
    const decoding = start(1)
    const [row, other] = decoding.rows
    for (const [position, token] of [
      [1, 2],
      [2, 3],
      [3, 0],
    ]) {
      row.tokens[position] = token
      noteLogprobs(row, position, [0, 0, 1, 0])
    }
    decoding.cutAtStop(row)
    other.tokens[0] = 1
    noteLogprobs(other, 0, [0, 0, 0, 0])
    other.tokens[0] = vocabulary.mask
    noteLogprobs(other, 0, [0, 0, 0, 0])
    const { rows } = decoding.end()
    const norm = Math.log(3 + Math.E)
    expect(rows[0].logprobs?.map((at) => at?.logprob ?? null)).toEqual([
      null,
      expect.closeTo(1 - norm, 9),
      expect.closeTo(-norm, 9),
      null,
    ])
    expect(rows[0].logprobs?.[2]?.top).toEqual([{ token: 2, logprob: expect.closeTo(1 - norm, 9) }])
    expect(rows[1].logprobs).toEqual([null, null, null, null])
  })

  it('are absent when nobody asks, and a number that the vocabulary has', () => {
    const decoding = start()
    noteLogprobs(decoding.rows[0], 1, [0, 0, 0, 0])
    expect(decoding.end().rows[0]).not.toHaveProperty('logprobs')
    for (const n of [-1, 0.5, 5])
      expect(() => start(n)).toThrow(`logprobs ${n} is not a number of tokens from 0 to the 4`)
  })
})
