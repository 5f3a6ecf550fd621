/**
 * @file Every kind of job: what goes in, what it tells meanwhile, what comes out. All three are plain JSON, so that whatever
 * carries a job may be another process or another machine.
 */
import type { Orientation, OrientationJob } from '../orientation.ts'
import type { EvaluationJob, EvaluationProgress, ModelEvaluation } from './evaluate.ts'
import type { Hooks } from './hooks.ts'
import type { LatencyJob, LatencyResult } from './latency.ts'
import type { OracleJob } from './oracle.ts'
import type { TrainingJob, TrainingJobProgress, TrainingResult } from './train.ts'

export type JobMap = {
  train: { input: TrainingJob; progress: TrainingJobProgress; output: TrainingResult }
  /** null when it was interrupted. */
  evaluate: {
    input: EvaluationJob
    progress: EvaluationProgress
    output: ModelEvaluation | null
  }
  /** null when it was interrupted. */
  latency: { input: LatencyJob; progress: EvaluationProgress; output: LatencyResult | null }
  /** null when it was interrupted. */
  oracle: { input: OracleJob; progress: never; output: ModelEvaluation | null }
  orientation: { input: OrientationJob; progress: never; output: Orientation }
}
export type JobKind = keyof JobMap

export type Job<K extends JobKind = JobKind> = {
  readonly kind: K
  /** Names it in errors. */
  readonly name: string
  readonly input: JobMap[K]['input']
}
export type JobHooks<K extends JobKind> = Hooks<JobMap[K]['progress']>
/** Has a job done somewhere; null when `signal` fired before it began, or ended it. */
export type JobRunner = <K extends JobKind>(
  job: Job<K>,
  hooks?: JobHooks<K>,
) => Promise<JobMap[K]['output'] | null>
