import type { LossContext, TokenBatch } from '@trivium/language-model'
import { createRng } from '@trivium/random'
import type { MaskedOptions } from '@trivium/schema'
import { describe, expect, it } from 'vitest'
import { createAbsorbingProcess } from './absorbing.ts'
import { corruptBatch, cutLength, trainingWeight } from './corruption.ts'
import { optionsWith } from './testing/options.ts'

const linear = createAbsorbingProcess('linear')
const mask = 7
const vocabulary = { size: 11, textSize: 7, mask, bos: 8, eos: 9, pad: 10 }
/** The first step of a run, its rows from the first on. */
const start: LossContext = { rng: createRng(1), rowOffset: 0, totalRows: 8, step: 1, totalSteps: 10 }
const batchOf = (batch: number, length: number) => ({
  tokens: Int32Array.from({ length: batch * length }, (_, i) => i % 7),
  batch,
  length,
})

describe('corruptBatch', () => {
  it('weighs masked positions alone (carry-over: what is visible costs nothing)', () => {
    const { inputs, weights } = corruptBatch(
      batchOf(8, 16),
      { ...start, totalRows: 8 },
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
    const context = { ...start, rng: createRng(5), totalRows: rows }
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
      const context = { ...start, rng: createRng(k), totalRows: rows }
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
    const context = { ...start, rng: createRng(3), rowOffset: 2, totalRows: 9 }
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
          const context = { ...start, rng: createRng(k).fork(schedule), totalRows: 64 }
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

describe('blocks', () => {
  const rows = 16
  const batch = batchOf(rows, 12)
  const context = { ...start, totalRows: rows }

  it('have each a time of their own, stratified over the rows alike', () => {
    const { times } = corruptBatch(batch, context, optionsWith({ blockLength: 5 }), vocabulary)
    const at = (row: number, l: number): number => times[row * 12 + l]
    for (const block of [0, 5, 10]) {
      const strata = Array.from({ length: rows }, (_, row) => Math.floor(rows * at(row, block)))
      // One row a stratum, but where the shifted strata wrap around.
      expect(new Set(strata).size).toBeGreaterThanOrEqual(rows - 1)
    }
    for (let row = 0; row < rows; row++) {
      expect(at(row, 4)).toBe(at(row, 0))
      expect(at(row, 11)).toBe(at(row, 10))
    }
    expect(at(0, 5)).not.toBe(at(0, 0))
  })

  it('of one block are the plain corruption, to the bit', () => {
    const plain = corruptBatch(batch, context, optionsWith(), vocabulary)
    expect(corruptBatch(batch, context, optionsWith({ blockLength: 12 }), vocabulary)).toEqual(plain)
  })
})

describe('timeRange', () => {
  it('holds every time, and at [1, 1] all is masked', () => {
    const options = optionsWith({ timeRange: [0.3, 0.8], blockLength: 4 })
    for (const t of corruptBatch(batchOf(8, 12), start, options, vocabulary).times) {
      expect(t).toBeGreaterThanOrEqual(0.3)
      expect(t).toBeLessThanOrEqual(0.8)
    }
    const all = corruptBatch(batchOf(8, 12), start, optionsWith({ timeRange: [1, 1] }), vocabulary)
    expect(all.inputs.filter((token) => token === mask).length).toBeGreaterThan(90)
    expect(all.weights.find((weight) => weight > 0)).toBeCloseTo(1 / (96 * 0.999), 6)
  })
})

describe('uniform-state corruption', () => {
  it('shows text only, weighs every free position, and gives given ones the time 0', () => {
    const given = Uint8Array.from({ length: 96 }, (_, i) => (i % 12 < 3 ? 1 : 0))
    const batch = { ...batchOf(8, 12), given }
    const options = optionsWith({ process: 'uniform' })
    const { inputs, weights, times } = corruptBatch(batch, start, options, vocabulary)
    let wrong = 0
    inputs.forEach((token, i) => {
      expect(token).toBeLessThan(7)
      if (given[i] === 1) expect([token, weights[i], times[i]]).toEqual([batch.tokens[i], 0, 0])
      else expect(weights[i]).toBeCloseTo(1 / 72, 6)
      if (token !== batch.tokens[i]) wrong += 1
    })
    expect(wrong).toBeGreaterThan(15)
    const elbo = corruptBatch(
      batch,
      start,
      optionsWith({ process: 'uniform', weighting: 'elbo' }),
      vocabulary,
    )
    elbo.weights.forEach((weight, i) => {
      const alpha = linear.alpha(times[i])
      expect(weight).toBeCloseTo(given[i] === 1 ? 0 : 0.999 / (7 * alpha) / 72, 6)
    })
  })
})

describe('visibleNoise', () => {
  const options = optionsWith({ visibleNoise: 0.4, visibleFrom: 0.5 })
  const rows = 40
  const batch: TokenBatch = batchOf(rows, 60)
  const late = { ...start, totalRows: rows, step: 6 }

  it('begins after its share of the steps, to the bit', () => {
    const plain = corruptBatch(batch, { ...late, step: 5 }, optionsWith(), vocabulary)
    expect(corruptBatch(batch, { ...late, step: 5 }, options, vocabulary)).toEqual(plain)
    expect(corruptBatch(batch, late, options, vocabulary)).not.toEqual(plain)
  })

  it('makes a share of U(0, max) of the visible tokens of a row wrong, and weighs them all', () => {
    const { inputs, weights } = corruptBatch(batch, late, options, vocabulary)
    const plain = corruptBatch(batch, late, optionsWith(), vocabulary)
    const shares: number[] = []
    for (let b = 0; b < rows; b++) {
      let [visible, wrong] = [0, 0]
      for (let i = b * 60; i < (b + 1) * 60; i++) {
        expect(inputs[i] === mask).toBe(plain.inputs[i] === mask)
        if (inputs[i] === mask) {
          expect(weights[i]).toBe(plain.weights[i])
          continue
        }
        visible += 1
        if (inputs[i] !== batch.tokens[i]) wrong += 1
        expect(weights[i]).toBeCloseTo(1 / (rows * 60), 8)
      }
      if (visible > 20) shares.push(wrong / visible)
    }
    const mean = shares.reduce((a, x) => a + x, 0) / shares.length
    expect(mean).toBeGreaterThan(0.13)
    expect(mean).toBeLessThan(0.27)
    expect(Math.min(...shares)).toBeLessThan(0.08)
    expect(Math.max(...shares)).toBeGreaterThan(0.3)
  })

  it('leaves given tokens right and weightless', () => {
    const given = Uint8Array.from(batch.tokens, (_, i) => (i % 2 === 0 ? 1 : 0))
    const { inputs, weights } = corruptBatch({ ...batch, given }, late, options, vocabulary)
    given.forEach((flag, i) => {
      if (flag === 1) expect([inputs[i], weights[i]]).toEqual([batch.tokens[i], 0])
    })
  })

  it('leaves the wrong tokens of a share of the rows to the network', () => {
    const drafted = corruptBatch(batch, late, { ...options, drafts: 0.5 }, vocabulary)
    const random = corruptBatch(batch, late, options, vocabulary)
    const inRows = new Set(drafted.drafts.map((i) => Math.floor(i / 60)))
    expect(inRows.size).toBeGreaterThan(8)
    expect(inRows.size).toBeLessThan(32)
    for (const i of drafted.drafts) {
      expect(drafted.inputs[i]).toBe(mask)
      // The very places that are random otherwise.
      expect(random.inputs[i]).not.toBe(batch.tokens[i])
      expect(drafted.weights[i]).toBe(random.weights[i])
    }
    expect(random.drafts).toEqual([])
  })
})

describe('cutLength', () => {
  it('cuts its share of the batches to any length, rows from their start', () => {
    const batch = batchOf(3, 10)
    const lengths = Array.from({ length: 400 }, (_, k) => {
      const cut = cutLength(batch, { ...start, rng: createRng(k) }, 0.5)
      const rows = [0, 1, 2].flatMap((b) => [...batch.tokens.subarray(b * 10, b * 10 + cut.length)])
      expect([...cut.tokens]).toEqual(rows)
      return cut.length
    })
    expect(new Set(lengths).size).toBe(10)
    const whole = lengths.filter((length) => length === 10).length
    expect(Math.abs(whole / 400 - 0.55)).toBeLessThan(0.1)
    expect(cutLength(batch, start, 0)).toBe(batch)
    const conditional = { ...batch, given: new Uint8Array(30) }
    expect(cutLength(conditional, start, 1)).toBe(conditional)
  })
})
