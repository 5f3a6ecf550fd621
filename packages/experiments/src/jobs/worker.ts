/**
 * @file Child process: does one job and talks to its parent by messages. It ends with its parent, whatever ended that.
 */
import { endWithParent } from '@trivium/files'
import { InputError } from '@trivium/schema'
import { includeInherited } from '../include.ts'
import { measureOrientation } from '../orientation.ts'
import { runEvaluationShare } from './evaluate.ts'
import type { Job, JobHooks, JobKind, JobMap } from './job.ts'
import { runLatencyJob } from './latency.ts'
import { runOracleJob } from './oracle.ts'
import { runTrainingJob } from './train.ts'

export type WorkerMessage =
  | { type: 'progress'; progress: unknown }
  | { type: 'done'; output: unknown }
  | { type: 'failed'; message: string; input: boolean; stack?: string }

const does: {
  readonly [K in JobKind]: (input: JobMap[K]['input'], hooks: JobHooks<K>) => Promise<JobMap[K]['output']>
} = {
  train: runTrainingJob,
  evaluate: runEvaluationShare,
  latency: runLatencyJob,
  oracle: runOracleJob,
  orientation: measureOrientation,
}

const stop = new AbortController()
const tell = (message: WorkerMessage): Promise<void> =>
  new Promise((resolve) => (process.connected ? process.send?.(message, () => resolve()) : resolve()))

// It is the parent's; when its reader has gone the work goes on.
process.stderr.on('error', () => {})
// Without a parent only a training has something to save; what others measure would reach nobody.
let saves = false
const savingMs = 4000
process.on('disconnect', () => (saves ? stop.abort() : process.exit(1)))
process.on('message', (message: Job | 'stop') => {
  if (message === 'stop') {
    stop.abort()
    return
  }
  // It may have gone while this process loaded, when nobody listened.
  if (!process.connected) process.exit(1)
  saves = message.kind === 'train'
  endWithParent(Number(process.argv[2]), saves ? savingMs : 0)
  void work(message)
})

async function work<K extends JobKind>({ kind, input }: Job<K>): Promise<void> {
  try {
    await includeInherited()
    const onProgress = (progress: unknown): void => void tell({ type: 'progress', progress })
    await tell({ type: 'done', output: await does[kind](input, { onProgress, signal: stop.signal }) })
    process.exit(0)
  } catch (error) {
    const { message, stack } = error instanceof Error ? error : new Error(String(error))
    await tell({ type: 'failed', message, input: error instanceof InputError, stack })
    process.exit(1)
  }
}
