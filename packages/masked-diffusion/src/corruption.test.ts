import { createRng } from '@trivium/random'
import type { MaskedOptions } from '@trivium/schema'
import { describe, expect, it } from 'vitest'
import { createAbsorbingProcess } from './absorbing.ts'
import { corruptBatch, trainingWeight } from './corruption.ts'
import { optionsWith } from './testing/options.ts'

const linear = createAbsorbingProcess('linear')
const mask = 7
const vocabulary = { size: 11, textSize: 7, mask, bos: 8, eos: 9, pad: 10 }
const batchOf = (batch: number, length: number) => ({
  tokens: Int32Array.from({ length: batch * length }, (_, i) => i % 7),
  batch,
  length,
})

describe('corruptBatch', () => {
  it('weighs masked positions alone (carry-over: what is visible costs nothing)', () => {
    const { inputs, weights } = corruptBatch(
      batchOf(8, 16),
      { rng: createRng(1), rowOffset: 0, totalRows: 8 },
      optionsWith({ weighting: 'elbo' }),
      vocabulary,
    )
    let masked = 0
    inputs.forEach((token, i) => {
      if (token === mask) masked += 1
      else expect(weights[i]).toBe(0)
      if (token === mask) expect(weights[i]).toBeGreaterThan(0)
      if (token !== mask) expect(token).toBe(i % 7)
    })
    expect(masked).toBeGreaterThan(20)
    expect(masked).toBeLessThan(108)
  })

  it('is the same noise whether a step comes whole or in micro-batches, and covers every stratum of t', () => {
    const rows = 12
    const length = 400
    const context = { rng: createRng(5), totalRows: rows }
    const whole = corruptBatch(
      batchOf(rows, length),
      { ...context, rowOffset: 0 },
      optionsWith({ weighting: 'elbo' }),
      vocabulary,
    )
    const u = createRng(5).fork('time').uniform()
    for (let from = 0; from < rows; from += 4) {
      const tokens = batchOf(rows, length).tokens.subarray(from * length, (from + 4) * length)
      const part = corruptBatch(
        { tokens, batch: 4, length },
        { ...context, rowOffset: from },
        optionsWith({ weighting: 'elbo' }),
        vocabulary,
      )
      expect([...part.inputs]).toEqual([...whole.inputs.subarray(from * length, (from + 4) * length)])
      for (let b = 0; b < 4; b++) {
        const weight = Math.max(...part.weights.subarray(b * length, (b + 1) * length))
        const t = (u + from + b) / rows
        // The divisor is all tokens of the batch, not the masked ones.
        expect(weight * 4 * length * t).toBeCloseTo(1, 4)
      }
    }
  })

  it('never masks what is given, and gives every row the same weight however much of it is free', () => {
    const rows = 4
    const length = 10
    // 1, 4, 7 and 10 free positions, at the end, in the middle, at the start.
    const given = Uint8Array.from({ length: rows * length }, (_, i) => {
      const [b, l] = [Math.floor(i / length), i % length]
      const free = [l === 9, l > 2 && l < 7, l < 7, true][b]
      return free ? 0 : 1
    })
    const sums = new Float64Array(rows)
    const repeats = 4000
    for (let k = 0; k < repeats; k++) {
      const context = { rng: createRng(k), rowOffset: 0, totalRows: rows }
      const { inputs, weights } = corruptBatch(
        { ...batchOf(rows, length), given },
        context,
        optionsWith({ weighting: 'flat' }),
        vocabulary,
      )
      inputs.forEach((token, i) => {
        if (given[i] === 1) expect([token, weights[i]]).toEqual([i % 7, 0])
        sums[Math.floor(i / length)] += weights[i] / repeats
      })
    }
    // −log p = 1 everywhere: a row gives 1/B, times its stratum's share of the mask rate, (b + ½)/B over the mean ½.
    sums.forEach((sum, b) => {
      expect(Math.abs(sum - (2 * (b + 0.5)) / rows ** 2)).toBeLessThan(0.015)
    })
  })

  it('is the same to the bit with nothing given as without flags', () => {
    const context = { rng: createRng(3), rowOffset: 2, totalRows: 9 }
    const plain = corruptBatch(batchOf(4, 12), context, optionsWith({ weighting: 'elbo' }), vocabulary)
    const flagged = { ...batchOf(4, 12), given: new Uint8Array(48) }
    expect(corruptBatch(flagged, context, optionsWith({ weighting: 'elbo' }), vocabulary)).toEqual(plain)
  })

  it.each(['linear', 'cosine', 'polynomial'] as const)(
    'gives a uniform guess its cost log V under elbo and flat: %s',
    (schedule) => {
      // −log p = 1 everywhere: E[Σ weights] must be 1 nat for both weightings (elbo up to the ε end: 1 − ε).
      for (const weighting of ['elbo', 'flat'] as const) {
        let sum = 0
        const repeats = 60
        for (let k = 0; k < repeats; k++) {
          const context = { rng: createRng(k).fork(schedule), rowOffset: 0, totalRows: 64 }
          sum += corruptBatch(
            batchOf(64, 64),
            context,
            optionsWith({ schedule, weighting }),
            vocabulary,
          ).weights.reduce((a, b) => a + b, 0)
        }
        expect(Math.abs(sum / repeats - 1)).toBeLessThan(0.02)
      }
    },
  )
})

describe('trainingWeight', () => {
  const weightAt = (weighting: MaskedOptions['weighting'], t: number): number =>
    trainingWeight(linear, optionsWith({ weighting }), t)

  it('clips at 10 and does not touch what is below', () => {
    expect(weightAt('clipped', 0.05)).toBe(10)
    expect(weightAt('clipped', 0.5)).toBe(2)
    expect(weightAt('elbo', 0.05)).toBeCloseTo(20, 12)
    expect(weightAt('flat', 0.05)).toBe(weightAt('flat', 0.9))
  })
})
