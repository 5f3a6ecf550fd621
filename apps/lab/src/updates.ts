/** @file From the records of the pipeline to lines of progress. */
import type { TrainingJobProgress } from '@trivium/experiments'
import type { ProgressUpdate } from './progress-lines.ts'

export function trainingUpdate(progress: TrainingJobProgress): ProgressUpdate {
  if ('merges' in progress)
    return { done: progress.merges, total: progress.totalMerges, what: 'learning the tokenizer' }
  const { step, totalSteps, loss, validation, tokensPerSecond, etaSeconds } = progress
  return { done: step, total: totalSteps, loss, validation, tokensPerSecond, etaSeconds }
}
