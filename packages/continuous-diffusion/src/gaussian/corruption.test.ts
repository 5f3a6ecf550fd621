import { createRng } from '@trivium/random'
import type { ContinuousOptions } from '@trivium/schema'
import { describe, expect, it } from 'vitest'
import { drawCorruption, drawFree, isReconstruction } from './corruption.ts'
import { alphaOf, sigmaOf } from './process.ts'
import { uniformSchedule } from './schedules.ts'

const options: ContinuousOptions = {
  embeddingDim: 4,
  schedule: 'warp',
  gammaMin: -4,
  gammaMax: 6,
  selfConditioning: 0,
  pinnedProbability: 0.5,
  conditionDropout: 0,
  priorRamp: 0.05,
  objective: 'cross-entropy',
}
const schedule = uniformSchedule(-4, 6)
const context = (rowOffset: number, totalRows: number) => ({
  rng: createRng(2).fork('loss', 9),
  rowOffset,
  totalRows,
  step: 9,
  totalSteps: 100,
})
const batch = (rows: number) => ({ tokens: new Int32Array(rows * 10), batch: rows, length: 10 })

describe('drawCorruption', () => {
  it('covers the quantiles of the schedule once a step, across micro-batches', () => {
    const gammas = [0, 4].flatMap((offset) =>
      Array.from(drawCorruption(batch(4), context(offset, 8), schedule, options).rowGamma),
    )
    const strata = gammas.map((g) => (g + 4) / 10).sort((a, b) => a - b)
    strata.slice(1).forEach((u, i) => expect(u - strata[i]).toBeCloseTo(1 / 8, 9))
  })

  it('does not depend on how a step is split', () => {
    const whole = drawCorruption(batch(8), context(0, 8), schedule, options)
    const part = drawCorruption(batch(3), context(5, 8), schedule, options)
    expect(part.noise).toEqual(whole.noise.slice(5 * 40))
    expect(part.gamma).toEqual(whole.gamma.slice(50))
  })

  it('divides by the free tokens of the whole step, a micro-batch by its part of them', () => {
    const whole = drawCorruption(batch(8), context(0, 8), schedule, options)
    const free = whole.free.reduce((a, b) => a + b, 0)
    expect(free).toBeLessThan(80)
    expect([...whole.divisor]).toEqual(new Array(8).fill(free))
    for (const offset of [0, 4]) {
      const part = drawCorruption(batch(4), context(offset, 8), schedule, options)
      expect([...part.divisor]).toEqual(new Array(4).fill(free / 2))
    }
  })

  it('leaves given positions clean, pins nothing beside them, and gives rows alike weight', () => {
    const given = new Uint8Array(40)
    given.fill(1, 0, 9) // row 0: one free
    given.fill(1, 12, 16) // row 1: a gap of four is given
    const rows = { ...batch(4), given }
    const c = drawCorruption(rows, context(0, 4), schedule, { ...options, pinnedProbability: 1 })
    expect([...c.free]).toEqual(Array.from(given, (flag) => 1 - flag))
    expect([...c.pinned]).toEqual([0, 0, 0, 0])
    expect([...c.divisor]).toEqual([4 * 1, 4 * 6, 4 * 10, 4 * 10])
    given.forEach((flag, i) => {
      expect(c.gamma[i]).toBe(Math.fround(flag === 1 ? -4 : c.rowGamma[Math.floor(i / 10)]))
      if (flag === 1) expect([...c.noise.subarray(4 * i, 4 * i + 4)]).toEqual([0, 0, 0, 0])
    })
  })

  it('pins clean: γ₀, α₀ and no noise; the rest is α, σ·ε at the row’s level', () => {
    const c = drawCorruption(batch(40), context(0, 40), schedule, options)
    let squares = 0
    let count = 0
    c.free.forEach((free, i) => {
      const level = free === 1 ? c.rowGamma[Math.floor(i / 10)] : -4
      expect(c.gamma[i]).toBe(Math.fround(level))
      expect(c.alpha[4 * i + 3]).toBe(Math.fround(alphaOf(level)))
      for (let k = 0; k < 4; k++) {
        if (free === 0) expect(c.noise[4 * i + k]).toBe(0)
        else {
          squares += (c.noise[4 * i + k] / sigmaOf(level)) ** 2
          count++
        }
      }
    })
    expect(count).toBeLessThan(1600)
    expect(Math.abs(squares / count - 1)).toBeLessThan(5 * Math.sqrt(2 / count))
  })

  it('shows noise at γ₁ in the place of a condition that is dropped, and changes nothing else', () => {
    const given = new Uint8Array(80).map((_, i) => (i % 10 < 6 ? 1 : 0))
    const rows = { ...batch(8), given }
    const all = drawCorruption(rows, context(0, 8), schedule, { ...options, conditionDropout: 1 })
    const none = drawCorruption(rows, context(0, 8), schedule, options)
    const some = drawCorruption(rows, context(0, 8), schedule, { ...options, conditionDropout: 0.5 })
    expect(all.dropped).toEqual(new Uint8Array(8).fill(1))
    expect(none.dropped).toEqual(new Uint8Array(8))
    expect(new Set(some.dropped)).toEqual(new Set([0, 1]))
    for (let i = 0; i < 80; i++) {
      const at = (x: Float32Array): number[] => [...x.subarray(4 * i, 4 * i + 4)]
      expect(all.free[i]).toBe(none.free[i])
      if (all.free[i] === 1) {
        expect([at(all.noise), at(all.alpha), all.gamma[i]]).toEqual([
          at(none.noise),
          at(none.alpha),
          none.gamma[i],
        ])
        continue
      }
      expect([all.gamma[i], ...at(all.alpha)]).toEqual([6, 0, 0, 0, 0])
      expect(Math.hypot(...at(all.noise))).toBeGreaterThan(0)
      expect([none.gamma[i], ...at(none.noise)]).toEqual([-4, 0, 0, 0, 0])
    }
    expect(all.divisor).toEqual(none.divisor)
  })

  it('scores one row in eight at γ₀ when the bound is the objective', () => {
    const c = drawCorruption(batch(16), context(0, 16), schedule, {
      ...options,
      objective: 'vlb',
    })
    expect(c.reconstruction.reduce((a, b) => a + b, 0)).toBe(2)
    c.reconstruction.forEach((scored, b) => {
      if (scored === 1) expect(c.rowGamma[b]).toBe(-4)
    })
    const hits = Array.from({ length: 1000 }, (_, i) => isReconstruction(3, (i + 0.5) / 1000)).filter(
      Boolean,
    ).length
    expect(hits).toBe(125)
  })
})

it('pinned spans leave something free, pin something, and come in four kinds', () => {
  const kinds = new Set<string>()
  for (let i = 0; i < 300; i++) {
    const free = drawFree(7, createRng(i), 1)
    const total = free.reduce((a, b) => a + b, 0)
    expect(total).toBeGreaterThan(0)
    expect(total).toBeLessThan(7)
    kinds.add(free.join('').replace(/(.)\1+/g, '$1'))
  }
  expect([...kinds].sort()).toEqual(['01', '010', '10', '101'])
  expect(drawFree(1, createRng(1), 1)).toEqual(Uint8Array.of(1))
  expect(drawFree(7, createRng(1), 0)).toEqual(new Uint8Array(7).fill(1))
})
