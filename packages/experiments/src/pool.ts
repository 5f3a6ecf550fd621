/** @file Jobs in child processes, a few at a time: one engine each, so that independent models use all cores. */
import { type ChildProcess, fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { InputError, RuntimeFailure } from '@trivium/schema'
import type { Job, WorkerMessage } from './worker.ts'

export type PoolTask = {
  readonly name: string
  readonly job: Job
  readonly onProgress?: (progress: never) => void
  /** Called as soon as this task ends, while others still run. */
  readonly onDone?: (result: never) => void
}
export type PoolOptions = {
  /** Processes at a time. When absent: one a core, or all tasks at once where that leaves no core idle at the end. */
  jobs?: number
  /** Tells the running children to stop at their next safe point and starts no more. */
  signal?: AbortSignal
}

/**
 * Runs the tasks and returns their results in order; null for a task that was never started because of `signal`.
 * The first failure stops the others at their safe points and is thrown when they ended.
 */
export async function runPool<T>(
  tasks: readonly PoolTask[],
  { jobs = defaultJobs(tasks.length), signal }: PoolOptions = {},
): Promise<(T | null)[]> {
  const results = new Array<T | null>(tasks.length).fill(null)
  const stop = new AbortController()
  const onAbort = (): void => stop.abort()
  if (signal?.aborted === true) stop.abort()
  signal?.addEventListener('abort', onAbort)
  let next = 0
  let failure: Error | null = null
  const lane = async (): Promise<void> => {
    while (next < tasks.length && !stop.signal.aborted) {
      const index = next++
      try {
        results[index] = (await runInChild(tasks[index], stop.signal)) as T
        tasks[index].onDone?.(results[index] as never)
      } catch (error) {
        failure ??= error as Error
        stop.abort()
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(jobs, tasks.length) }, lane))
  signal?.removeEventListener('abort', onAbort)
  if (failure !== null) throw failure
  return results
}

/** From source the child needs the loader too, whatever started this process. */
const worker = import.meta.url.endsWith('.ts')
  ? {
      file: fileURLToPath(new URL('./worker.ts', import.meta.url)),
      execArgv: ['--conditions=@trivium/source', '--import', import.meta.resolve('tsx')],
    }
  : { file: fileURLToPath(new URL('./worker.js', import.meta.url)), execArgv: [] }

/** Three equal tasks on two cores end sooner side by side than as two and then one. */
function defaultJobs(tasks: number): number {
  const cores = availableParallelism()
  return tasks < 2 * cores ? Math.max(1, tasks) : cores
}

function runInChild({ name, job, onProgress }: PoolTask, signal: AbortSignal): Promise<unknown> {
  const child: ChildProcess = fork(worker.file, [], {
    execArgv: worker.execArgv,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    serialization: 'advanced',
  })
  return new Promise((resolve, reject) => {
    let settled = false
    const tellStop = (): void => void (child.connected && child.send('stop'))
    signal.addEventListener('abort', tellStop)
    const settle = (f: () => void): void => {
      settled = true
      signal.removeEventListener('abort', tellStop)
      f()
    }
    child.on('message', (message: WorkerMessage) => {
      if (message.type === 'progress') onProgress?.(message.progress as never)
      else if (message.type === 'done') settle(() => resolve(message.result))
      else settle(() => reject(failureOf(name, message)))
    })
    child.on('error', (error) =>
      settle(() =>
        reject(new RuntimeFailure(`the worker for '${name}' could not be started: ${error.message}`)),
      ),
    )
    child.on('exit', (code, killed) => {
      if (!settled)
        settle(() =>
          reject(
            new RuntimeFailure(
              `the worker for '${name}' ended early (${killed ?? `exit code ${code}`}); run the same command again to resume`,
            ),
          ),
        )
    })
    child.send(job)
  })
}

function failureOf(name: string, message: Extract<WorkerMessage, { type: 'failed' }>): Error {
  const error = message.input
    ? new InputError(message.message)
    : new RuntimeFailure(`${name}: ${message.message}`)
  error.stack = message.stack
  return error
}
