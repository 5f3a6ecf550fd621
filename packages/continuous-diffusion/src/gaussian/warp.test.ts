import { describe, expect, it } from 'vitest'
import { createTimeWarp } from './warp.ts'

const options = { gammaMin: -4, gammaMax: 6, maxCrossEntropy: 3 }
const centres = Array.from({ length: 50 }, (_, b) => -4 + 0.2 * (b + 0.5))
const curve = (gamma: number): number => 3 / (1 + Math.exp(-3 * (gamma - 0.5)))

describe('time warp', () => {
  it('starts uniform', () => {
    const warp = createTimeWarp(options)
    for (const u of [0, 0.3, 1]) expect(warp.quantile(u)).toBeCloseTo(-4 + 10 * u, 9)
  })

  it('quantile equals a brute-force search of the summed density', () => {
    const warp = createTimeWarp({ ...options, rate: 1 })
    warp.update(centres, centres.map(curve))
    for (const u of [0.01, 0.25, 0.5, 0.9, 0.99]) {
      let mass = 0
      let gamma = -4
      const h = 1e-4
      while (mass + warp.density(gamma + h / 2) * h < u) {
        mass += warp.density(gamma + h / 2) * h
        gamma += h
      }
      expect(Math.abs(warp.quantile(u) - gamma)).toBeLessThan(3e-4)
    }
  })

  it('puts 0.85 where the cross-entropy rises and 0.15 everywhere', () => {
    const warp = createTimeWarp({ ...options, rate: 1 })
    warp.update(
      centres,
      centres.map((g) => (g < 1 ? 0 : 3)),
    )
    // The step lies between the bins that end and begin at γ = 1: both get half of the rise.
    expect(warp.density(0.9) * 0.2).toBeCloseTo(0.85 / 2 + 0.15 / 50, 9)
    expect(warp.density(1.1) * 0.2).toBeCloseTo(0.85 / 2 + 0.15 / 50, 9)
    expect(warp.density(-2) * 0.2).toBeCloseTo(0.15 / 50, 9)
  })

  it('a falling cross-entropy earns nothing', () => {
    const warp = createTimeWarp({ ...options, rate: 1 })
    warp.update(
      centres,
      centres.map((g) => -g),
    )
    expect(warp.density(2)).toBeCloseTo(1 / 10, 9)
  })

  it('learns the curve from noisy rows, a bin at a time', () => {
    const warp = createTimeWarp(options)
    for (let step = 0; step < 400; step++) {
      const gammas = Array.from({ length: 16 }, (_, r) =>
        warp.quantile(((r + ((step * 0.618) % 1)) / 16) % 1),
      )
      warp.update(
        gammas,
        gammas.map((g, r) => curve(g) + 0.1 * Math.sin(77 * step + 13 * r)),
      )
    }
    expect(warp.quantile(0.5)).toBeGreaterThan(0.2)
    expect(warp.quantile(0.5)).toBeLessThan(0.8)
    // 0.85 · (F(2) − F(−1))/3 + 0.15 · 0.3 of the mass lies in [−1, 2].
    expect(warp.cdf(2) - warp.cdf(-1)).toBeGreaterThan(0.8)
  })

  it('averages the rows of one bin and moves by the rate', () => {
    const warp = createTimeWarp(options)
    const before = warp.toJSON().crossEntropy[20]
    warp.update([0.05, 0.15, 3], [1, 2, Number.NaN])
    expect(warp.toJSON().crossEntropy[20]).toBeCloseTo(before + 0.05 * (1.5 - before), 12)
    expect(warp.toJSON().crossEntropy[35]).toBe(createTimeWarp(options).toJSON().crossEntropy[35])
  })

  it('survives JSON and refuses another model’s state', () => {
    const warp = createTimeWarp({ ...options, rate: 1 })
    warp.update(centres, centres.map(curve))
    const copy = createTimeWarp(options)
    copy.load(JSON.parse(JSON.stringify(warp.toJSON())))
    expect(copy.quantile(0.37)).toBe(warp.quantile(0.37))
    expect(() => createTimeWarp({ ...options, gammaMax: 5 }).load(warp.toJSON())).toThrow(
      /covers γ from -4 to 6/,
    )
    expect(() => copy.load({ ...warp.toJSON(), crossEntropy: [1] })).toThrow(/50 finite/)
    expect(() => copy.load(undefined)).toThrow(/saved time warp/)
  })
})
