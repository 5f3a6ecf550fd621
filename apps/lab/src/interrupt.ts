/** @file Ctrl-C: the first asks to stop at a safe point, the second quits at once. */

export type Interrupt = {
  /** Fires at the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal
  /** 128 + the signal's number once it fired: 130 or 143. */
  readonly exitCode: () => number | null
  readonly release: () => void
}

/** Listens until `release()`. */
export function listenForInterrupt(
  log: (line: string) => void,
  quit: (code: number) => void = process.exit,
): Interrupt {
  const controller = new AbortController()
  let code: number | null = null
  const stop = (exitCode: number): void => {
    if (code !== null) {
      quit(exitCode)
      return
    }
    code = exitCode
    log('stopping at the next safe point; the same command goes on from there (Ctrl-C again quits at once)')
    controller.abort()
  }
  const onInt = (): void => stop(130)
  const onTerm = (): void => stop(143)
  process.on('SIGINT', onInt)
  process.on('SIGTERM', onTerm)
  return {
    signal: controller.signal,
    exitCode: () => code,
    release() {
      process.off('SIGINT', onInt)
      process.off('SIGTERM', onTerm)
    },
  }
}
