/** @file Every file that Trivium reads or writes, as zod schemas. */
export * from './config.ts'
export * from './dataset.ts'
export * from './errors.ts'
export * from './manifest.ts'
export * from './parse.ts'
export * from './results.ts'
export * from './samplers.ts'
export * from './tokenizer.ts'
