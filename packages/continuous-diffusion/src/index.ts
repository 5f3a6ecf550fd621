/** @file Continuous embedding-space diffusion: process, loss, likelihood, samplers. */
export type { Denoiser, DenoiserInput } from './denoiser.ts'
export { gaussianBound } from './likelihood.ts'
export { type ContinuousDiffusionConfig, createContinuousDiffusion } from './model.ts'
export { alphaOf, type NoiseSchedule, sigmaOf } from './process.ts'
export { decodeGaussian, type GaussianSampling } from './samplers/decode.ts'
export { ddim, gaussianAncestral, gaussianStep, renoise } from './samplers/step.ts'
export { fixedSchedule, uniformSchedule } from './schedules.ts'
export { createTimeWarp, type TimeWarp, type TimeWarpState } from './warp.ts'
