/** @file Hearing a stop: signals fire from timers and messages, which wait while an engine works in microtasks alone. */

/** Between two turns of the event loop, ms. */
const turnEveryMs = 50

/** Of the whole process: many short decodings, one after the other, must let a timer in as well as a long one. */
let turned = performance.now()

/**
 * Asked between two forwards: whether the signal has fired. Lets timers and messages in, now and then; without a signal
 * nothing waits.
 */
export function createTurns(signal: AbortSignal | undefined): () => Promise<boolean> {
  return async () => {
    if (signal === undefined) return false
    if (performance.now() - turned > turnEveryMs) {
      await new Promise((resolve) => setTimeout(resolve, 0))
      turned = performance.now()
    }
    return signal.aborted
  }
}
