/**
 * @file Noising the estimate afresh at each step (SSD-LM, 2210.17432; TESS, 2305.08379). Not a discretisation of the
 * process: x̂ is the mean over texts, so what is rare is lost however many the steps are.
 */
import { sigmaOf } from '../process.ts'
import type { Zeta } from './step.ts'

/** ζ = σ_s: forgets z. */
export const renoise: Zeta = (_, gammaTo) => sigmaOf(gammaTo)

/** ζ = κ·σ_s: keeps √(1 − κ²) of the way in which z was off. */
export const partlyRenoised =
  (share: number): Zeta =>
  (gammaFrom, gammaTo) =>
    share * renoise(gammaFrom, gammaTo)
