/**
 * @file Heun's method for the probability-flow ODE (Karras et al. 2022, 2206.00364, algorithm 1): order 2 with two
 * evaluations a step, both charged.
 */
import { alphaOf, sigmaOf } from '../process.ts'
import type { Solver } from './solver.ts'
import { gaussianStep } from './step.ts'

/** In y = z/α and s = σ/α the ODE is dy/ds = ε̂ = (z − α·x̂)/σ: DDIM predicts, the mean of both slopes corrects. */
export const heun: Solver = async ({ paths, estimate }, { gammaFrom, gammaTo }) => {
  const [alphaFrom, sigmaFrom] = [alphaOf(gammaFrom), sigmaOf(gammaFrom)]
  const [alphaTo, sigmaTo] = [alphaOf(gammaTo), sigmaOf(gammaTo)]
  const begun = new Map(
    [...(await estimate(paths, gammaFrom))].map(([path, mean]) => {
      const start = path.z.slice()
      gaussianStep({ z: path.z, mean, gammaFrom, gammaTo, zeta: 0 })
      return [path, { start, mean }]
    }),
  )
  const span = sigmaTo / alphaTo - sigmaFrom / alphaFrom
  for (const [path, second] of await estimate(paths, gammaTo)) {
    const { start, mean } = begun.get(path) as { start: Float64Array; mean: Float32Array }
    const { z } = path
    for (let i = 0; i < z.length; i++) {
      const slopeFrom = (start[i] - alphaFrom * mean[i]) / sigmaFrom
      const slopeTo = (z[i] - alphaTo * second[i]) / sigmaTo
      z[i] = alphaTo * (start[i] / alphaFrom + (span * (slopeFrom + slopeTo)) / 2)
    }
  }
}
