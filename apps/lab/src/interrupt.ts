/**
 * @file Stops. From the first moment SIGINT, SIGTERM and SIGHUP mean one thing: 'interrupted', and 128 + the signal's number.
 * A command that has something to save asks for the signal and gets the time for it; the second one quits at once.
 */
import { constants } from 'node:os'

export type Interrupt = {
  /** Fires at the first stop. Who reads it promises to stop at a safe point; until then a stop ends the process at once. */
  readonly signal: AbortSignal
  /** 130, 143 or 129 once a stop was asked for. */
  readonly exitCode: () => number | null
  /** Where the lines go. */
  say: (line: string) => void
  readonly release: () => void
}

const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Listens until `release()`. */
export function listenForInterrupt(
  say: (line: string) => void,
  quit: (code: number) => void = process.exit,
): Interrupt {
  const controller = new AbortController()
  let code: number | null = null
  let promised = false
  const stop = (name: (typeof names)[number]): void => {
    const again = code !== null
    code ??= 128 + constants.signals[name]
    if (again || !promised) {
      interrupt.say('interrupted')
      quit(code)
      return
    }
    interrupt.say(
      'stopping at the next safe point; the same command goes on from there (Ctrl-C again quits at once)',
    )
    controller.abort()
  }
  const interrupt: Interrupt = {
    get signal() {
      promised = true
      return controller.signal
    },
    exitCode: () => code,
    say,
    release() {
      for (const name of names) process.off(name, stop)
    },
  }
  for (const name of names) process.on(name, stop)
  return interrupt
}
