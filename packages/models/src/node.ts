/** @file Checkpoint folders: as a model, or as what the manifest says of them. */
export { readManifest } from '@trivium/training/node'
export { type OpenModel, openModel } from './open.ts'
export { checkStart, startFrom } from './start.ts'
export { checkTeacher, type OpenTeacher, openTeacher } from './teacher.ts'
