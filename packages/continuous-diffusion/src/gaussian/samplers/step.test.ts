import { createRng } from '@trivium/random'
import { describe, expect, it } from 'vitest'
import { alphaOf, sigmaOf } from '../process.ts'
import { ddim } from './ddim.ts'
import { gaussianAncestral } from './gaussian-ancestral.ts'
import { renoise } from './renoise.ts'
import { gaussianStep } from './step.ts'

// Data ~ N(mu, c²): the exact denoiser and the exact probability-flow solution are known.
const mu = 0.7
const c = 0.4
const spread = (gamma: number): number => Math.hypot(alphaOf(gamma) * c, sigmaOf(gamma))
const denoise = (z: number, gamma: number): number =>
  mu + ((alphaOf(gamma) * c * c) / spread(gamma) ** 2) * (z - alphaOf(gamma) * mu)

describe('the ζ family', () => {
  const from = 1.3
  const to = -0.4
  const z = [0.9, -1.1, 0.2]
  const mean = [0.5, 0.1, -0.3]
  const noise = [0.4, -0.7, 1.5]
  const run = (zeta: number): Float64Array => {
    const out = Float64Array.from(z)
    gaussianStep({ z: out, mean, gammaFrom: from, gammaTo: to, zeta, noise })
    return out
  }

  it('ζ = 0 is Euler in σ/α', () => {
    const out = run(ddim(from, to))
    z.forEach((zi, i) => {
      const scaled = zi / alphaOf(from)
      const slope = (zi - alphaOf(from) * mean[i]) / sigmaOf(from) // d(z/α)/d(σ/α)
      const euler = scaled + slope * (sigmaOf(to) / alphaOf(to) - sigmaOf(from) / alphaOf(from))
      expect(out[i]).toBeCloseTo(alphaOf(to) * euler, 12)
    })
  })

  it('the ancestral ζ is the posterior q(z_s | z_t, x) by Bayes', () => {
    const out = run(gaussianAncestral(from, to))
    // z_t | z_s ~ N(a·z_s, v), z_s | x ~ N(α_s·x, σ_s²): product of two Gaussians.
    const a = alphaOf(from) / alphaOf(to)
    const v = sigmaOf(from) ** 2 - a * a * sigmaOf(to) ** 2
    const precision = 1 / sigmaOf(to) ** 2 + (a * a) / v
    z.forEach((zi, i) => {
      const centre = ((alphaOf(to) * mean[i]) / sigmaOf(to) ** 2 + (a * zi) / v) / precision
      expect(out[i]).toBeCloseTo(centre + noise[i] / Math.sqrt(precision), 12)
    })
  })

  it('ζ = σ_s forgets z', () => {
    run(renoise(from, to)).forEach((out, i) => {
      expect(out).toBeCloseTo(alphaOf(to) * mean[i] + sigmaOf(to) * noise[i], 12)
    })
  })

  it('noise that is missing is an error', () => {
    expect(() =>
      gaussianStep({ z: new Float64Array(2), mean: [0, 0], gammaFrom: 1, gammaTo: 0, zeta: 0.5 }),
    ).toThrow(/needs noise; pass 2/)
  })
})

/** DDIM from γ = 6 to −4 on S equal steps of γ, with the exact denoiser. */
function ddimEnd(steps: number, start: number): number {
  const z = Float64Array.of(start)
  for (let i = 0; i < steps; i++) {
    const from = 6 - (10 * i) / steps
    gaussianStep({
      z,
      mean: [denoise(z[0], from)],
      gammaFrom: from,
      gammaTo: 6 - (10 * (i + 1)) / steps,
      zeta: 0,
    })
  }
  return z[0]
}

it('DDIM converges with order 1 to the probability-flow solution', () => {
  const start = 1.3
  const exact = alphaOf(-4) * mu + ((start - alphaOf(6) * mu) * spread(-4)) / spread(6)
  const errors = [64, 128, 256, 512].map((steps) => Math.abs(ddimEnd(steps, start) - exact))
  for (let i = 1; i < errors.length; i++) {
    const order = Math.log2(errors[i - 1] / errors[i])
    expect(order).toBeGreaterThan(0.9)
    expect(order).toBeLessThan(1.1)
  }
  expect(errors[3]).toBeLessThan(0.01)
})

it('ancestral sampling reproduces the moments of the data at the clean end', () => {
  const n = 20_000
  const steps = 200
  const rng = createRng(5)
  const z = rng
    .fork('start')
    .normals(n)
    .map((x) => alphaOf(6) * mu + spread(6) * x)
  for (let i = 0; i < steps; i++) {
    const from = 6 - (10 * i) / steps
    const to = 6 - (10 * (i + 1)) / steps
    gaussianStep({
      z,
      mean: z.map((x) => denoise(x, from)),
      gammaFrom: from,
      gammaTo: to,
      zeta: gaussianAncestral(from, to),
      noise: rng.fork(i).normals(n),
    })
  }
  const mean = z.reduce((a, x) => a + x, 0) / n
  const variance = z.reduce((a, x) => a + (x - mean) ** 2, 0) / n
  expect(mean).toBeCloseTo(alphaOf(-4) * mu, 1)
  expect(Math.abs(mean - alphaOf(-4) * mu)).toBeLessThan((4 * spread(-4)) / Math.sqrt(n) + 0.005)
  // The mean-only posterior misses x's own variance within a step: O(1/S).
  expect(Math.abs(variance / spread(-4) ** 2 - 1)).toBeLessThan(0.06)
})
