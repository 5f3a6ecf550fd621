/** Every solver on data whose probability-flow solution is known: its order, its ends, and what it keeps. */
import { createRng } from '@trivium/random'
import { samplerSchema } from '@trivium/schema'
import { describe, expect, it } from 'vitest'
import { alphaOf, sigmaOf } from '../process.ts'
import { dpmSolver } from './dpm-solver.ts'
import type { Path } from './path.ts'
import type { Solver } from './solver.ts'
import { type GaussianSampler, solverOf } from './solvers.ts'

// Data ~ N(mu, c²): the exact denoiser and the exact solution of the ODE are known.
const mu = 0.7
const c = 0.4
const spread = (gamma: number): number => Math.hypot(alphaOf(gamma) * c, sigmaOf(gamma))
const denoise = (z: number, gamma: number): number =>
  mu + ((alphaOf(gamma) * c * c) / spread(gamma) ** 2) * (z - alphaOf(gamma) * mu)

const solver = (settings: object): Solver =>
  solverOf(samplerSchema.parse({ steps: 1, ...settings }) as GaussianSampler)

/** Doubles all the way: a denoiser in single precision would hide an order of two. */
const pathOf = (z: Float64Array): Path => ({ z, previous: null }) as Path

/** One path from γ = 6 to −4 in S equal steps of γ; the evaluations it took, and where it ends. */
async function walk(solve: Solver, steps: number, z: Float64Array): Promise<{ nfe: number }> {
  const path = pathOf(z)
  const rng = createRng(9)
  let nfe = 0
  for (let i = 0; i < steps; i++) {
    const estimate = async (paths: readonly Path[], gamma: number) => {
      nfe += 1
      return new Map(paths.map((p) => [p, p.z.map((x) => denoise(x, gamma)) as unknown as Float32Array]))
    }
    const noise = (): Float64Array => rng.fork(i).normals(z.length)
    const [gammaFrom, gammaTo] = [6 - (10 * i) / steps, 6 - (10 * (i + 1)) / steps]
    await solve({ paths: [path], estimate, noise }, { gammaFrom, gammaTo })
  }
  return { nfe }
}

const start = 1.3
const exact = alphaOf(-4) * mu + ((start - alphaOf(6) * mu) * spread(-4)) / spread(6)

describe.each([
  ['ddim', 1, 1],
  ['dpm-solver++', 2, 1],
  ['heun', 2, 2],
] as const)('%s', (type, order, evaluations) => {
  it(`converges to the probability-flow solution with order ${order}, ${evaluations} NFE a step`, async () => {
    const errors: number[] = []
    for (const steps of [64, 128, 256, 512]) {
      const z = Float64Array.of(start)
      expect((await walk(solver({ type }), steps, z)).nfe).toBe(evaluations * steps)
      errors.push(Math.abs(z[0] - exact))
    }
    for (let i = 1; i < errors.length; i++)
      expect(Math.abs(Math.log2(errors[i - 1] / errors[i]) - order)).toBeLessThan(0.15)
    expect(errors[3]).toBeLessThan(order === 1 ? 0.01 : 2e-5)
  })
})

it('without its history DPM-Solver++ is DDIM, to the last bits', async () => {
  const forgetful: Solver = async (on, interval) => {
    for (const path of on.paths) path.previous = null
    await dpmSolver(on, interval)
  }
  const [a, b] = [Float64Array.of(start, -0.4), Float64Array.of(start, -0.4)]
  await walk(forgetful, 20, a)
  await walk(solver({ type: 'ddim' }), 20, b)
  a.forEach((x, i) => expect(x).toBeCloseTo(b[i], 12))
})

describe('ζ is continuous', () => {
  const end = async (settings: object): Promise<Float64Array> => {
    const z = createRng(3).normals(50)
    await walk(solver(settings), 10, z)
    return z
  }

  it('from DDIM at η = 0 to ancestral sampling at η = 1', async () => {
    expect(await end({ type: 'ddim', eta: 0 })).toEqual(await end({ type: 'ddim' }))
    expect(await end({ type: 'ddim', eta: 1 })).toEqual(await end({ type: 'gaussian-ancestral' }))
    expect(await end({ type: 'ddim', eta: 0.5 })).not.toEqual(await end({ type: 'ddim' }))
  })

  it('from DDIM at κ = 0 to forgetting z at κ = 1', async () => {
    expect(await end({ type: 'renoise', kappa: 0 })).toEqual(await end({ type: 'ddim' }))
    expect(await end({ type: 'renoise', kappa: 1 })).toEqual(await end({ type: 'renoise' }))
    // One step of renoise is x̂ noised afresh, wherever z was.
    const noise = createRng(9).fork(0).normals(2)
    const z = Float64Array.of(2, -3)
    await walk(solver({ type: 'renoise' }), 1, z)
    z.forEach((x, i) => {
      const mean = denoise([2, -3][i], 6)
      expect(x).toBeCloseTo(alphaOf(-4) * mean + sigmaOf(-4) * noise[i], 12)
    })
  })

  it('and every ζ draws the data, up to a step that shrinks', async () => {
    for (const settings of [
      { type: 'ddim', eta: 0.5 },
      { type: 'renoise', kappa: 0.3 },
    ]) {
      const z = createRng(4)
        .normals(4000)
        .map((x) => alphaOf(6) * mu + spread(6) * x)
      await walk(solver(settings), 150, z)
      const mean = z.reduce((a, x) => a + x, 0) / z.length
      const sd = Math.sqrt(z.reduce((a, x) => a + (x - mean) ** 2, 0) / z.length)
      expect(Math.abs(mean - alphaOf(-4) * mu), JSON.stringify(settings)).toBeLessThan(0.02)
      expect(Math.abs(sd / spread(-4) - 1), JSON.stringify(settings)).toBeLessThan(0.15)
    }
  })
})
