/** @file No child outlives its parent: told by a thread of its own, which runs while the main thread is deep in a kernel. */
import { Worker } from 'node:worker_threads'

/** How often the thread looks; a look is one system call. */
const everyMs = 500

export type ParentWatch = {
  /** From now on this process has so many ms after its parent has gone, to save something. */
  readonly setGrace: (ms: number) => void
}

/**
 * Ends this process with SIGKILL when its parent has gone, whatever ended that and whatever this one is doing. Ctrl-C and a closed terminal reach
 * a whole process group: what they mean is the parent's to decide, so this process ignores them.
 * @param parent its process id, as the parent told it: by now this process may have another parent
 */
export function endWithParent(parent: number): ParentWatch {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
  const watch = `
    const { parentPort, workerData: { parent, everyMs } } = require('node:worker_threads')
    let graceMs = 0
    parentPort.on('message', (ms) => { graceMs = ms })
    const gone = () => {
      if (process.ppid !== parent) return true
      try { process.kill(parent, 0); return false } catch (error) { return error.code === 'ESRCH' }
    }
    const timer = setInterval(() => {
      if (!gone()) return
      clearInterval(timer)
      setTimeout(() => process.kill(process.pid, 'SIGKILL'), graceMs)
    }, everyMs)
  `
  // Of its own: the flags of this process (a loader, `--input-type`) are not for these lines.
  const thread = new Worker(watch, { eval: true, execArgv: [], workerData: { parent, everyMs } })
  thread.unref()
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  return { setGrace: (ms) => thread.postMessage(ms) }
}
