/** @file Not waiting for what cannot be stopped: a measurement in a child process, a file that loads. */
import { Stopped } from '@trivium/schema'

/** What `work` gives, unless the signal fires first; then what it gives, or throws, interests nobody. @throws Stopped */
export function orStopped<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(new Stopped())
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop)
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}
