/** @file Errors that mean something to the command: wrong input, a failure of the world, a stop that was asked for. */

/** Bad input or configuration: one line that says what, where and what to do. The command exits with 2. */
export class InputError extends Error {
  override readonly name = 'InputError'
}

/** A failure of the world outside (disk full, a worker that died). The command exits with 1. */
export class RuntimeFailure extends Error {
  override readonly name = 'RuntimeFailure'
}

/** A signal asked for a stop and was heard. The command exits with 128 + the signal's number. */
export class Stopped extends Error {
  override readonly name = 'Stopped'

  constructor() {
    super('interrupted')
  }
}

/** A gate found a regression. The command exits with `exitCode`. */
export class GateFailed extends Error {
  override readonly name = 'GateFailed'
  readonly exitCode: number

  constructor(message: string, exitCode: number) {
    super(message)
    this.exitCode = exitCode
  }
}
