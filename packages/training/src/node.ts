/** @file Checkpoints and atomic files. */
export {
  type Checkpoint,
  type CheckpointContent,
  hasCheckpoint,
  loadCheckpoint,
  restoreTraining,
  saveCheckpoint,
  treeFromHost,
} from './checkpoint.ts'
export { asFailure, sha256, writeAtomically, writeDurably } from './files.ts'
