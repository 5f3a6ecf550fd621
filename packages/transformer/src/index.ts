/** @file What all three paradigms share: the backbone, its KV cache, and the networks around it. */
export { createKvCache, disposeKvCache, type KvCache } from './cache.ts'
export { defaultLearningRate, presets, resolveBackbone } from './config.ts'
export {
  backboneForward,
  type CachedRows,
  cachedForward,
  type ForwardShape,
} from './forward.ts'
export {
  type BlockRows,
  blockTokenLogits,
  cachedTokenLogits,
  cachedTokenStates,
  type HeadParams,
  headLogits,
  initTokenNetwork,
  initTrunk,
  type TokenNetworkParams,
  type TokenRows,
  type TokenShape,
  type TrunkParams,
  tokenLogits,
  tokenStates,
  trunkLogits,
} from './network.ts'
export { type BackboneParams, initBackbone, normalTensor } from './params.ts'
export { initTime, type TimeParams, timeEmbedding } from './time.ts'
