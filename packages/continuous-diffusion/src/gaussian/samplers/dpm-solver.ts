/**
 * @file DPM-Solver++(2M) (Lu et al. 2022, 2211.01095, algorithm 2): order 2 with one evaluation a step, since each step
 * extrapolates from the x̂ of the step before.
 */
import { alphaOf, sigmaOf } from '../process.ts'
import type { Path } from './path.ts'
import type { Interval, Solver } from './solver.ts'

/** λ = ½ log SNR. */
const lambdaOf = (gamma: number): number => -gamma / 2

/**
 * z_s = (σ_s/σ_t)·z − α_s·(e^{−h} − 1)·D with h = λ_s − λ_t, r = h_prev/h and D = (1 + 1/2r)·x̂ − (1/2r)·x̂_prev; D = x̂ in
 * the first step, which has no past.
 */
export const dpmSolver: Solver = async ({ paths, estimate }, interval) => {
  for (const [path, mean] of await estimate(paths, interval.gammaFrom)) {
    step(path, mean, interval)
    path.previous = { mean, gamma: interval.gammaFrom }
  }
}

function step({ z, previous }: Path, mean: Float32Array, { gammaFrom, gammaTo }: Interval): void {
  const h = lambdaOf(gammaTo) - lambdaOf(gammaFrom)
  const kept = sigmaOf(gammaTo) / sigmaOf(gammaFrom)
  const gain = -alphaOf(gammaTo) * Math.expm1(-h)
  // 1/(2r): how far the last step's change of x̂ reaches into this one.
  const ahead = previous === null ? 0 : h / (2 * (lambdaOf(gammaFrom) - lambdaOf(previous.gamma)))
  const past = previous?.mean ?? mean
  for (let i = 0; i < z.length; i++) z[i] = kept * z[i] + gain * ((1 + ahead) * mean[i] - ahead * past[i])
}
