/** @file Models of every paradigm. What opens a folder stands behind `@trivium/models/node`. */
export { createModel, type NewModel } from './create.ts'
export { createOracle } from './oracle.ts'
