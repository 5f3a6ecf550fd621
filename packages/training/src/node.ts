/** @file Checkpoints. */
export {
  type Checkpoint,
  type CheckpointContent,
  hasCheckpoint,
  loadCheckpoint,
  readManifest,
  restoreTraining,
  saveCheckpoint,
  treeFromHost,
} from './checkpoint.ts'
export { manifestSha256 } from './manifest-hash.ts'
