/** @file A library must not decide how its user's process ends. */

const fatal = ['uncaughtException', 'unhandledRejection'] as const

/**
 * Runs `start` and takes back the handlers of fatal errors that it left on the process: emscripten's throw the error again, so
 * that a program that fails shows a line of minified code first and ends with 7 in place of 1.
 */
export async function keepingFatalHandlers<T>(start: () => Promise<T>): Promise<T> {
  const before = fatal.map((event) => process.rawListeners(event))
  try {
    return await start()
  } finally {
    for (const [i, event] of fatal.entries())
      for (const listener of process.rawListeners(event))
        if (!before[i].includes(listener)) process.off(event, listener as never)
  }
}
