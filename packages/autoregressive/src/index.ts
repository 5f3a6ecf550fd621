/** @file The autoregressive baseline: strong on purpose. */
export { type AutoregressiveConfig, createAutoregressive } from './model.ts'
