/** The ODE's likelihood where the truth is known: a Gaussian, and independent tokens with their exact posterior. */
import { iidLanguage } from '@trivium/languages'
import { createRng } from '@trivium/random'
import { describe, expect, it } from 'vitest'
import { embeddingSpace } from '../embedding/space.ts'
import { iidPosterior } from '../embedding/test-support.ts'
import { odeLogDensity, stateEstimate } from './ode.ts'
import { alphaOf, sigmaOf, stepGrid } from './process.ts'
import { uniformSchedule } from './schedules.ts'

describe('odeLogDensity', () => {
  // Data ~ N(mu, c²) in two coordinates: x̂ and the density at every γ are known.
  const [mu, c] = [0.7, 0.4]
  const variance = (gamma: number): number => (alphaOf(gamma) * c) ** 2 + sigmaOf(gamma) ** 2
  const flow = async (z: Float64Array, gamma: number): Promise<Float64Array> =>
    z.map((x) => mu + ((alphaOf(gamma) * c * c) / variance(gamma)) * (x - alphaOf(gamma) * mu))
  const z = Float64Array.of(0.9, 0.2, -0.4, 1.5)
  const [from, schedule] = [-2, uniformSchedule(-2, 18)]
  const exact = [0, 1].map((b) =>
    [0, 1].reduce((sum, k) => {
      const off = z[2 * b + k] - alphaOf(from) * mu
      return sum - (off * off) / (2 * variance(from)) - Math.log(2 * Math.PI * variance(from)) / 2
    }, 0),
  )
  const at = (steps: number, probes: number | 'exact') =>
    odeLogDensity(flow, z, 2, stepGrid(schedule, steps).reverse(), { probes, rng: createRng(1) })

  it('tends to the density of a Gaussian with order 1', async () => {
    const errors: number[] = []
    for (const steps of [250, 500, 1000, 2000])
      errors.push(Math.abs((await at(steps, 'exact'))[0] - exact[0]))
    for (let i = 1; i < errors.length; i++)
      expect(Math.abs(Math.log2(errors[i - 1] / errors[i]) - 1)).toBeLessThan(0.2)
    const found = await at(2000, 'exact')
    found.forEach((logP, b) => expect(Math.abs(logP - exact[b])).toBeLessThan(0.03))
  })

  it('by random signs is that by all coordinates, where the trace does not depend on them', async () => {
    const [random, all] = [await at(20, 1), await at(20, 'exact')]
    random.forEach((logP, b) => expect(logP).toBeCloseTo(all[b], 6))
  })
})

describe('stateEstimate', () => {
  const skewed = [0.5, 0.2, 0.12, 0.1, 0.08]
  const language = iidLanguage(skewed)
  const row = language.sample(createRng(11), 32)
  const exact = -language.logProb(row)
  const estimate = async (steps: number) => {
    const space = embeddingSpace(iidPosterior(skewed, 4))
    const [found] = await stateEstimate(space, uniformSchedule(-5, 6), [row], { steps, probes: 2, draws: 8 })
    return found
  }

  it('comes near the exact value with many steps, from the wrong side or not', async () => {
    const [few, many] = [await estimate(8), await estimate(128)]
    expect(few.kind).toBe('estimate')
    expect(few.forwards).toBe(1 + 8 * (1 + 2 * 2))
    expect(Math.abs(few.nats / exact - 1)).toBeGreaterThan(0.2)
    expect(Math.abs(many.nats / exact - 1)).toBeLessThan(0.05)
  })

  it('is no bound: with the divergence by Euler alone, 8 steps of the exact denoiser promise less than the truth', async () => {
    const grid = stepGrid(uniformSchedule(-5, 6), 8).reverse()
    const noise = Array.from(grid, (gamma) => sigmaOf(gamma) / alphaOf(gamma))
    // What Σ Δs/s has over ∫ ds/s, in each of 32 · 4 coordinates.
    const excess = noise.slice(1).reduce((sum, s, i) => {
      const ratio = s / noise[i]
      return sum + (ratio - 1 - Math.log(ratio))
    }, 0)
    expect((await estimate(8)).nats - 32 * 4 * excess).toBeLessThan(0)
  })
})
