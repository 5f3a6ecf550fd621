import { describe, expect, it } from 'vitest'
import type { PositionScorer } from './bound.ts'
import { blockNelbo, leftToRight, maskedNelbo } from './likelihood.ts'
import { chainLanguage as language, oracleOf } from './testing/oracle.ts'

const { vocabulary, score } = oracleOf(language)
const rows = [Int32Array.of(0, 0, 1, 2, 1), Int32Array.of(2, 1, 0, 2, 2), Int32Array.of(1, 1, 1, 1, 0)]

/** What an exact block model says: its own block as it is shown, the text before it, nothing after it. */
const blockScorer =
  (blockLength: number): PositionScorer =>
  async (inputs, targets) => {
    const length = inputs[0].length
    const out = new Float32Array(inputs.length * length)
    for (let start = 0; start < length; start += blockLength) {
      const seen = inputs.map((input, b) =>
        input.map((token, i) => {
          if (i < start) return targets[b][i]
          return i < start + blockLength ? token : vocabulary.mask
        }),
      )
      const nll = await score(seen, targets)
      for (let b = 0; b < inputs.length; b++)
        for (let i = start; i < Math.min(length, start + blockLength); i++)
          out[b * length + i] = nll[b * length + i]
    }
    return out
  }

describe('the NELBO block by block, of an exact block model', () => {
  it.each([2, 3, 5])('has −log p as its mean, blocks of %i', async (blockLength) => {
    const options = { draws: 1024, seed: 2, batchSize: 512 }
    const found = await blockNelbo(rows, blockScorer(blockLength), vocabulary, blockLength, options)
    found.forEach(({ nats, stderr, kind, bound, draws }, r) => {
      expect(Math.abs(nats + language.logProb(rows[r]))).toBeLessThan(4.5 * stderr + 2e-5)
      expect(stderr).toBeLessThan(0.2)
      expect({ kind, bound, draws }).toEqual({ kind: 'upper-bound', bound: 'block-nelbo', draws: 1024 })
    })
  })

  it('is the chain rule itself with blocks of 1: exact, one forward a row', async () => {
    let forwards = 0
    const counting: PositionScorer = (inputs, ...rest) => {
      forwards += inputs.length
      return blockScorer(1)(inputs, ...rest)
    }
    const found = await blockNelbo(rows, counting, vocabulary, 1)
    expect(forwards).toBe(rows.length)
    found.forEach((likelihood, r) => {
      expect(likelihood.nats).toBeCloseTo(-language.logProb(rows[r]), 4)
      expect(likelihood).toMatchObject({ kind: 'exact', bound: 'exact', stderr: 0 })
    })
  })

  it('is the masked NELBO with one block, to the bit', async () => {
    const whole = await maskedNelbo(rows, score, vocabulary, { draws: 8 })
    const blocks = await blockNelbo(rows, score, vocabulary, 99, { draws: 8 })
    expect(blocks.map(({ nats }) => nats)).toEqual(whole.map(({ nats }) => nats))
  })

  it('masks some of every block, up to all of it', async () => {
    const counts = [0, 0, 0]
    const watching: PositionScorer = (inputs, ...rest) => {
      for (const input of inputs) {
        const masked = (from: number, to: number): number =>
          input.subarray(from, to).filter((token) => token === vocabulary.mask).length
        expect(masked(0, 2)).toBeGreaterThan(0)
        expect(masked(4, 5)).toBe(1)
        counts[masked(2, 4)] += 1
      }
      return blockScorer(2)(inputs, ...rest)
    }
    await blockNelbo(rows.slice(0, 1), watching, vocabulary, 2, { draws: 64 })
    expect(counts).toEqual([0, 32, 32])
  })
})

describe('the likelihood from left to right', () => {
  it.each([1, 2, 5, 99])('is exact for an exact model, blocks of %i', async (blockLength) => {
    const found = await leftToRight(rows, blockScorer(blockLength), vocabulary, blockLength, { batchSize: 2 })
    found.forEach((likelihood, r) => {
      expect(likelihood.nats).toBeCloseTo(-language.logProb(rows[r]), 4)
      expect(likelihood).toMatchObject({ kind: 'exact', bound: 'left-to-right' })
    })
  })

  it('conditions on what is given, wherever it stands', async () => {
    const given = [Uint8Array.of(0, 1, 0, 0, 1)]
    const [found] = await leftToRight(rows.slice(0, 1), score, vocabulary, Number.POSITIVE_INFINITY, {
      given,
    })
    // p(x₀ x₂ x₃ | x₁ x₄) = p(row) / Σ over the free places.
    let total = 0
    for (let a = 0; a < 3; a++)
      for (let b = 0; b < 3; b++)
        for (let c = 0; c < 3; c++) total += Math.exp(language.logProb(Int32Array.of(a, 0, b, c, 1)))
    expect(found.nats).toBeCloseTo(Math.log(total) - language.logProb(rows[0]), 4)
  })
})
