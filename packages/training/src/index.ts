/** @file Training: AdamW, schedules, averaged weights, the loop. Checkpoints stand behind `@trivium/training/node`. */
export {
  type TrainingOutcome,
  type TrainingProgress,
  type TrainingRun,
  type TrainingState,
  totalSteps,
  trainModel,
  withAveraged,
} from './loop.ts'
export {
  disposeOptimizer,
  initOptimizer,
  type OptimizerConfig,
  type OptimizerState,
  updateOptimizer,
} from './optimizer.ts'
export { emaDecay, learningRate, type RateSchedule } from './schedule.ts'
