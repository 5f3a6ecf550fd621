/** @file The autoregressive baseline: strong on purpose. */
export { type AutoregressiveConfig, type AutoregressiveParams, createAutoregressive } from './model.ts'
