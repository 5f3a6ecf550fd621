/** @file Jobs in child processes, a few at a time: one engine each, so that independent models use all cores. */
import { type ChildProcess, fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { InputError, RuntimeFailure } from '@trivium/schema'
import type { Job, JobHooks, JobKind, JobMap, JobRunner } from './job.ts'
import { together } from './together.ts'
import type { WorkerMessage } from './worker.ts'

export type PoolOptions = {
  /** Processes at a time. When absent: one a core, or all works at once where that leaves no core idle at the end. */
  readonly jobs?: number
  /** Lets running trainings stop at their next safe point, ends all other children at once, and starts no more. */
  readonly signal?: AbortSignal
  /** Has the jobs done elsewhere; worker processes of this one do them when absent. */
  readonly carrier?: JobRunner
}
/** A piece of work that has its jobs done by `run`. */
export type Work<T> = (run: JobRunner, signal: AbortSignal) => Promise<T>

/**
 * Does the works side by side, their jobs in worker processes; results come in order.
 * The first failure stops the others at their safe points and is thrown when they ended.
 */
export function inWorkers<T>(
  works: readonly Work<T>[],
  { jobs = defaultJobs(works.length), signal, carrier }: PoolOptions = {},
): Promise<T[]> {
  const run = carrier ?? createPool(jobs)
  return together(
    works.map((work) => (stop: AbortSignal) => work(run, stop)),
    signal,
  )
}

/** Three equal tasks on two cores end sooner side by side than as two and then one. */
function defaultJobs(tasks: number): number {
  const cores = availableParallelism()
  return tasks < 2 * cores ? Math.max(1, tasks) : cores
}

/** Jobs beyond `size` wait for their turn, first come, first served; after a failure none begins. */
function createPool(size: number): JobRunner {
  const waiting: (() => void)[] = []
  let free = size
  let failed = false
  return async (job, hooks = {}) => {
    if (free > 0) free--
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return failed || hooks.signal?.aborted === true ? null : await runInChild(job, hooks)
    } catch (error) {
      failed = true
      throw error
    } finally {
      const next = waiting.shift()
      if (next === undefined) free++
      else next()
    }
  }
}

/** From source the child needs the loader too, whatever started this process. */
const worker = import.meta.url.endsWith('.ts')
  ? {
      file: fileURLToPath(new URL('./worker.ts', import.meta.url)),
      execArgv: ['--conditions=@trivium/source', '--import', import.meta.resolve('tsx')],
    }
  : { file: fileURLToPath(new URL('./worker.js', import.meta.url)), execArgv: [] }

function runInChild<K extends JobKind>(
  job: Job<K>,
  { onProgress, signal }: JobHooks<K>,
): Promise<JobMap[K]['output'] | null> {
  const child: ChildProcess = fork(worker.file, [String(process.pid)], {
    execArgv: worker.execArgv,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  return new Promise((resolve, reject) => {
    let settled = false
    let ended = false
    // Only a training has something to save; of a half measurement nothing is kept.
    const tellStop = (): void => {
      if (job.kind !== 'train') ended = child.kill('SIGKILL')
      else if (child.connected) child.send('stop')
    }
    signal?.addEventListener('abort', tellStop)
    const settle = (f: () => void): void => {
      settled = true
      signal?.removeEventListener('abort', tellStop)
      f()
    }
    child.on('message', (message: WorkerMessage) => {
      if (message.type === 'progress') onProgress?.(message.progress as JobMap[K]['progress'])
      else if (message.type === 'done') settle(() => resolve(message.output as JobMap[K]['output']))
      else settle(() => reject(failureOf(job.name, message)))
    })
    child.on('error', (error) =>
      settle(() =>
        reject(new RuntimeFailure(`the worker for '${job.name}' could not be started: ${error.message}`)),
      ),
    )
    child.on('exit', (code, killed) => {
      if (ended && !settled) settle(() => resolve(null))
      else if (!settled)
        settle(() =>
          reject(
            new RuntimeFailure(
              `the worker for '${job.name}' ended early (${killed ?? `exit code ${code}`}); run the same command again to resume`,
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
