/**
 * @file The contract that all three paradigms implement (likelihoods, canvases, generations, costs, traces) and what
 * their decoding shares.
 */
export * from './canvas.ts'
export * from './categorical.ts'
export * from './contract.ts'
export * from './decoding.ts'
export { noteLogprobs } from './logprobs.ts'
export * from './rows.ts'
export * from './turns.ts'
export * from './vocabulary.ts'
