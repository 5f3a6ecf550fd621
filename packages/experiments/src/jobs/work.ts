/** @file What a worker can do: each kind of job, in this process. */
import { measureOrientation } from '../orientation.ts'
import { runEvaluationShare } from './evaluate.ts'
import type { JobHooks, JobKind, JobMap } from './job.ts'
import { runLatencyJob } from './latency.ts'
import { runOracleJob } from './oracle.ts'
import { runTrainingJob } from './train.ts'

export const does: {
  readonly [K in JobKind]: (input: JobMap[K]['input'], hooks: JobHooks<K>) => Promise<JobMap[K]['output']>
} = {
  train: runTrainingJob,
  evaluate: runEvaluationShare,
  latency: runLatencyJob,
  oracle: runOracleJob,
  orientation: measureOrientation,
}
