/** @file Conditional problems with exact verifiers: the same rows train and measure every paradigm. */

export { taskOf } from './create.ts'
export { createTask, registerTask, type TaskSummary, taskSummaries } from './table.ts'
export {
  type Edits,
  type Example,
  type Rendering,
  type RowShape,
  type Split,
  splits,
  type Task,
  type TaskFamily,
  type TaskRow,
  type TaskTexts,
  type Verdict,
} from './task.ts'
