import { describe, expect, it } from 'vitest'
import { alphaOf, inputScale, priorKl, priorScale, sigmaOf, stepGrid } from './process.ts'
import { fixedSchedule, uniformSchedule } from './schedules.ts'
import { integrate } from './test-support.ts'
import { createTimeWarp } from './warp.ts'

const schedules = {
  uniform: uniformSchedule(-4, 6),
  cosine: fixedSchedule('cosine', -4, 6),
  'linear-beta': fixedSchedule('linear-beta', -4, 6),
  sqrt: fixedSchedule('sqrt', -4, 6),
  warp: learnedWarp(),
}

function learnedWarp() {
  const warp = createTimeWarp({ gammaMin: -4, gammaMax: 6, maxCrossEntropy: Math.log(27), rate: 1 })
  const gammas = Array.from({ length: 50 }, (_, b) => -3.9 + 0.2 * b)
  warp.update(
    gammas,
    gammas.map((g) => 2.8 / (1 + Math.exp(-2 * (g - 1)))),
  )
  return warp
}

describe('process', () => {
  it('is variance preserving with log SNR −γ', () => {
    for (const gamma of [-30, -4, 0, 1.7, 6, 30]) {
      expect(alphaOf(gamma) ** 2 + sigmaOf(gamma) ** 2).toBeCloseTo(1, 12)
      expect(2 * Math.log(alphaOf(gamma) / sigmaOf(gamma))).toBeCloseTo(-gamma, 9)
      expect(priorScale(gamma)).toBeCloseTo(alphaOf(gamma) / sigmaOf(gamma) ** 2, 9)
    }
    expect(inputScale(0.3, 16) ** 2 * (alphaOf(0.3) ** 2 / 16 + sigmaOf(0.3) ** 2)).toBeCloseTo(1, 12)
  })

  it('priorKl is the KL divergence by quadrature', () => {
    // One coordinate holds the mean, the others are centred: KL splits over coordinates.
    const kl = (mean: number, sd: number): number =>
      integrate(
        (x) => {
          const q = Math.exp(-0.5 * ((x - mean) / sd) ** 2) / (sd * Math.sqrt(2 * Math.PI))
          return q === 0 ? 0 : q * (-Math.log(sd) - 0.5 * ((x - mean) / sd) ** 2 + 0.5 * x * x)
        },
        -12,
        12,
      )
    const gamma = 1.5
    expect(priorKl(gamma, 4)).toBeCloseTo(kl(alphaOf(gamma), sigmaOf(gamma)) + 3 * kl(0, sigmaOf(gamma)), 8)
  })
})

describe.each(Object.entries(schedules))('schedule %s', (_, schedule) => {
  it('quantile and cdf are inverse, and cover the range', () => {
    expect(schedule.quantile(0)).toBeCloseTo(-4, 9)
    expect(schedule.quantile(1)).toBeCloseTo(6, 9)
    for (const u of [0.001, 0.2, 0.5, 0.77, 0.999])
      expect(schedule.cdf(schedule.quantile(u))).toBeCloseTo(u, 9)
  })

  it('density is the derivative of the cdf', () => {
    for (const [a, b] of [
      [-4, -1.2],
      [-1.2, 0.8],
      [0.8, 6],
    ])
      expect(integrate(schedule.density, a, b)).toBeCloseTo(schedule.cdf(b) - schedule.cdf(a), 4)
  })

  it('steps from noise to clean', () => {
    const grid = stepGrid(schedule, 7)
    expect([grid[0], grid[7]]).toEqual([6, -4])
    for (let i = 0; i < 7; i++) expect(grid[i]).toBeGreaterThan(grid[i + 1])
    expect(grid[3]).toBeCloseTo(schedule.quantile(4 / 7), 12)
  })
})

it('cosine is Nichol & Dhariwal’s, sqrt Diffusion-LM’s, linear-beta the VP-SDE’s', () => {
  const wide = (name: 'cosine' | 'sqrt' | 'linear-beta') => fixedSchedule(name, -9, 9)
  // Median times of α², mapped through the truncation by hand.
  const at = (time: (gamma: number) => number, t: number): number => (t - time(-9)) / (time(9) - time(-9))
  const half = wide('cosine').quantile(at((g) => (2 / Math.PI) * Math.atan(Math.exp(g / 2)), 0.5))
  expect(alphaOf(half) ** 2).toBeCloseTo(Math.cos(Math.PI / 4) ** 2, 9)
  const quarter = wide('sqrt').quantile(at((g) => sigmaOf(g) ** 4, 0.25))
  expect(alphaOf(quarter) ** 2).toBeCloseTo(1 - Math.sqrt(0.25), 9)
  const beta = fixedSchedule('linear-beta', -8, 9)
  // The time of a level solves −ln α² = ½·19.9·t² + 0.1·t; check equal spacing of that t along u.
  const timeOf = (u: number): number => {
    const q = -2 * Math.log(alphaOf(beta.quantile(u)))
    return (-0.1 + Math.sqrt(0.01 + 2 * 19.9 * q)) / 19.9
  }
  expect(timeOf(0.5)).toBeCloseTo((timeOf(0) + timeOf(1)) / 2, 6)
})

it('an empty range is refused', () => {
  expect(() => fixedSchedule('cosine', 2, 2)).toThrow(/gammaMin 2 is not below options.gammaMax 2/)
})
