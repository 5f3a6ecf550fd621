/** @file Continuous diffusion: the Gaussian process and its samplers, and the spaces in which text lies. */

export type { ContinuousDiffusionConfig } from './config.ts'
export type { Denoiser, DenoiserInput } from './embedding/denoiser.ts'
export { decodeGaussian, type GaussianSampling, gaussianBound, odeEstimate } from './embedding/oracle.ts'
export type { OdeEstimate, OdeOptions } from './gaussian/ode.ts'
export { alphaOf, type NoiseSchedule, sigmaOf } from './gaussian/process.ts'
export { ddim } from './gaussian/samplers/ddim.ts'
export { gaussianAncestral } from './gaussian/samplers/gaussian-ancestral.ts'
export { renoise } from './gaussian/samplers/renoise.ts'
export { gaussianStep } from './gaussian/samplers/step.ts'
export { fixedSchedule, uniformSchedule } from './gaussian/schedules.ts'
export { createTimeWarp, type TimeWarp, type TimeWarpState } from './gaussian/warp.ts'
export { createContinuousDiffusion } from './model.ts'
