/** @file The contract that all three paradigms implement: likelihoods, canvases, generations, costs, traces. */
export * from './canvas.ts'
export * from './contract.ts'
