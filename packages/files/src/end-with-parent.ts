/** @file No child outlives its parent: told by a thread of its own, which runs while the main thread is deep in a kernel. */
import { Worker } from 'node:worker_threads'

/** How often the thread looks; a look is one system call. */
const everyMs = 500

/**
 * Ends this process with SIGKILL `graceMs` after its parent has gone, whatever ended that and whatever this one is doing.
 * The grace is for saving something; none where the work is of use to the parent alone. Ctrl-C and a closed terminal reach
 * a whole process group: what they mean is the parent's to decide, so this process ignores them.
 * @param parent its process id, as the parent told it: by now this process may have another parent
 */
export function endWithParent(parent: number, graceMs: number = 0): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
  const watch = `
    const { workerData: { parent, graceMs, everyMs } } = require('node:worker_threads')
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
  new Worker(watch, { eval: true, execArgv: [], workerData: { parent, graceMs, everyMs } }).unref()
}
