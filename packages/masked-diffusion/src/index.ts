/** @file Discrete masked diffusion: process, loss, likelihood, samplers. */
export { maskedNelbo, type NelboEstimator, type PositionScorer } from './likelihood.ts'
export { corruptBatch, trainingWeight } from './loss.ts'
export { createMaskedDiffusion, type MaskedDiffusionConfig } from './model.ts'
export { type AbsorbingProcess, createAbsorbingProcess } from './process.ts'
export { type Denoiser, decodeMasked, type SamplingModel } from './samplers/decode.ts'
