/** @file Several pieces of work at once, of which the first failure stops the rest. */

/**
 * Starts all works; results come in order.
 * @param signal handed on to each, and fired for all when one fails
 * @throws what the first failure threw, when all have ended
 */
export async function together<T>(
  works: readonly ((signal: AbortSignal) => Promise<T>)[],
  signal?: AbortSignal,
): Promise<T[]> {
  const failure = new AbortController()
  const either = signal === undefined ? failure.signal : AbortSignal.any([signal, failure.signal])
  const attempts = works.map((work) => work(either))
  for (const attempt of attempts) attempt.catch((error: unknown) => failure.abort(error))
  await Promise.allSettled(attempts)
  // An abort keeps its first reason.
  if (failure.signal.aborted) throw failure.signal.reason
  return Promise.all(attempts)
}
