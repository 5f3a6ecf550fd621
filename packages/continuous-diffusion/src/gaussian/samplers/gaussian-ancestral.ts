/** @file Ancestral sampling: the posterior q(z_s | z_t, x̂) of DDPM (2006.11239). */
import { sigmaOf } from '../process.ts'
import type { Zeta } from './step.ts'

/** ζ = σ_s·√(1 − e^{γ_s − γ_t}) (2107.00630, eq. 32). */
export const gaussianAncestral: Zeta = (gammaFrom, gammaTo) =>
  sigmaOf(gammaTo) * Math.sqrt(-Math.expm1(gammaTo - gammaFrom))
