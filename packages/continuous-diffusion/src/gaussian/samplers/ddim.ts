/** @file DDIM (2010.02502): ζ = 0, Euler's method for the probability-flow ODE in σ/α; or part of the way to DDPM. */
import { gaussianAncestral } from './gaussian-ancestral.ts'
import type { Zeta } from './step.ts'

/** ζ = 0: deterministic, order 1. */
export const ddim: Zeta = () => 0

/** ζ = η·ζ_DDPM (eq. 16): from DDIM at η = 0 to ancestral sampling at η = 1. */
export const partlyAncestral =
  (eta: number): Zeta =>
  (gammaFrom, gammaTo) =>
    eta * gaussianAncestral(gammaFrom, gammaTo)
