/**
 * @file One family of reverse steps, one parameter ζ: z_s = α_s·x̂ + √(σ_s² − ζ²)·ε̂ + ζ·ε with
 * ε̂ = (z − α_t·x̂)/σ_t (Song et al. 2021, "Denoising diffusion implicit models", 2010.02502, eq. 12).
 */
import { alphaOf, sigmaOf } from '../process.ts'
import type { Solver } from './solver.ts'

/** Standard deviation of the fresh noise of a step from γ_t down to γ_s: 0 … σ_s. */
export type Zeta = (gammaFrom: number, gammaTo: number) => number

export type GaussianStep = {
  /** Overwritten with z_s; doubles, so that many small steps do not add up rounding. */
  readonly z: Float64Array
  /** x̂, as long as z. */
  readonly mean: ArrayLike<number>
  readonly gammaFrom: number
  readonly gammaTo: number
  readonly zeta: number
  /** Standard normals, as long as z; not read when ζ = 0. */
  readonly noise?: ArrayLike<number>
}

/** One step in place. @throws RangeError when ζ needs noise and none is given. */
export function gaussianStep({ z, mean, gammaFrom, gammaTo, zeta, noise }: GaussianStep): void {
  if (zeta > 0 && noise === undefined)
    throw new RangeError(`a step with ζ = ${zeta} needs noise; pass ${z.length} standard normals`)
  const alphaFrom = alphaOf(gammaFrom)
  const sigmaFrom = sigmaOf(gammaFrom)
  const alphaTo = alphaOf(gammaTo)
  const kept = Math.sqrt(Math.max(0, sigmaOf(gammaTo) ** 2 - zeta ** 2))
  for (let i = 0; i < z.length; i++) {
    const direction = (z[i] - alphaFrom * mean[i]) / sigmaFrom
    z[i] = alphaTo * mean[i] + kept * direction + (zeta > 0 ? zeta * (noise as ArrayLike<number>)[i] : 0)
  }
}

/** The solver of a ζ: one evaluation a step, no history. */
export function zetaSolver(zeta: Zeta): Solver {
  return async ({ paths, estimate, noise }, { gammaFrom, gammaTo }) => {
    const z = zeta(gammaFrom, gammaTo)
    for (const [path, mean] of await estimate(paths, gammaFrom))
      gaussianStep({ z: path.z, mean, gammaFrom, gammaTo, zeta: z, noise: z > 0 ? noise(path) : undefined })
  }
}
