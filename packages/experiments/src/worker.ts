/**
 * @file Child process: does one job (train, evaluate or time) and talks to its parent by messages. Ctrl-C reaches the
 * whole process group; only the parent decides what it means, so children ignore it and stop when they are told to.
 */
import { InputError } from '@trivium/schema'
import { type EvaluationJob, runEvaluationShare } from './evaluation-job.ts'
import { type LatencyJob, runLatencyJob } from './latency-job.ts'
import { runTrainingJob, type TrainingJob } from './training-job.ts'

export type Job =
  | ({ kind: 'train' } & TrainingJob)
  | ({ kind: 'evaluate' } & EvaluationJob)
  | ({ kind: 'latency' } & LatencyJob)
export type WorkerMessage =
  | { type: 'progress'; progress: unknown }
  | { type: 'done'; result: unknown }
  | { type: 'failed'; message: string; input: boolean; stack?: string }

const stop = new AbortController()
const tell = (message: WorkerMessage): Promise<void> =>
  new Promise((resolve) => (process.connected ? process.send?.(message, () => resolve()) : resolve()))

process.on('SIGINT', () => {})
// Without a parent only a training has something to save; what others measure would reach nobody.
let saves = false
process.on('disconnect', () => (saves ? stop.abort() : process.exit(1)))
process.on('message', (message: Job | 'stop') => {
  if (message === 'stop') {
    stop.abort()
    return
  }
  saves = message.kind === 'train'
  void work(message)
})

async function work(job: Job): Promise<void> {
  try {
    const onProgress = (progress: unknown): void => void tell({ type: 'progress', progress })
    await tell({ type: 'done', result: await run(job, onProgress) })
    process.exit(0)
  } catch (error) {
    const { message, stack } = error instanceof Error ? error : new Error(String(error))
    await tell({ type: 'failed', message, input: error instanceof InputError, stack })
    process.exit(1)
  }
}

function run(job: Job, onProgress: (progress: unknown) => void): Promise<unknown> {
  if (job.kind === 'train') return runTrainingJob(job, { onProgress, signal: stop.signal })
  if (job.kind === 'evaluate') return runEvaluationShare(job, { onProgress, signal: stop.signal })
  return runLatencyJob(job, { onProgress, signal: stop.signal })
}
