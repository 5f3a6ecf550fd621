/** @file The backbone that all three paradigms share: configuration, weights, forward, KV cache. */
export { cachedForward, createKvCache, disposeKvCache, type KvCache, selectCacheRows } from './cache.ts'
export { defaultLearningRate, presets, resolveBackbone } from './config.ts'
export { backboneForward, type ForwardShape } from './forward.ts'
export { type BackboneParams, initBackbone, normalTensor } from './params.ts'
