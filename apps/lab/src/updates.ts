/** @file From the records of the pipeline to lines of progress. */
import type { TrainingProgress } from '@trivium/training'
import type { ProgressUpdate } from './progress-lines.ts'

export function trainingUpdate({
  step,
  totalSteps,
  loss,
  validation,
  tokensPerSecond,
  etaSeconds,
}: TrainingProgress): ProgressUpdate {
  return { done: step, total: totalSteps, loss, validation, tokensPerSecond, etaSeconds }
}
