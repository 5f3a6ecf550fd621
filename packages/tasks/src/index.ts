/** @file Conditional problems with exact verifiers: the same rows train and measure every paradigm. */

export { taskOf } from './create.ts'
export { createTask, type TaskSummary, taskSummaries } from './table.ts'
export {
  type Example,
  type Rendering,
  type RowShape,
  type Split,
  splits,
  type Task,
  type TaskFamily,
  type TaskRow,
  type Verdict,
} from './task.ts'
