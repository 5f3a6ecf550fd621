/** @file Every op that the models need. Each differentiable one has a gradient check on every engine that loads. */
export * from './activation.ts'
export * from './adamw.ts'
export * from './attention.ts'
export { type ConvolutionShape, shortConvolution } from './convolution.ts'
export * from './cross-entropy.ts'
export * from './elementwise.ts'
export * from './embedding.ts'
export {
  type BlockCaches,
  type BlocksShape,
  type BlockWeights,
  blocksForward,
  canFuseBlocks,
} from './inference.ts'
export * from './linear.ts'
export { rmsNorm } from './norm.ts'
export * from './rope.ts'
