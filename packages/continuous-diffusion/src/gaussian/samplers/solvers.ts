/** @file The sampler that each row of the table of samplers stands for. */
import type { SamplerConfigOf } from '@trivium/schema'
import { ddim, partlyAncestral } from './ddim.ts'
import { dpmSolver } from './dpm-solver.ts'
import { gaussianAncestral } from './gaussian-ancestral.ts'
import { heun } from './heun.ts'
import { partlyRenoised, renoise } from './renoise.ts'
import type { Solver } from './solver.ts'
import { zetaSolver } from './step.ts'

export type GaussianSampler = SamplerConfigOf<'continuous-diffusion'>

export function solverOf(sampler: GaussianSampler): Solver {
  switch (sampler.type) {
    case 'ddim':
      return zetaSolver(sampler.eta === undefined ? ddim : partlyAncestral(sampler.eta))
    case 'gaussian-ancestral':
      return zetaSolver(gaussianAncestral)
    case 'renoise':
      return zetaSolver(sampler.kappa === undefined ? renoise : partlyRenoised(sampler.kappa))
    case 'dpm-solver++':
      return dpmSolver
    case 'heun':
      return heun
    default:
      return sampler satisfies never
  }
}
