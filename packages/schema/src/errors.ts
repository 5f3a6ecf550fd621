/** @file The one error that means: the caller gave something wrong, and here is what to do. */

/** Bad input or configuration: one line that says what, where and what to do. The command exits with 2. */
export class InputError extends Error {
  override readonly name = 'InputError'
}

/** A failure of the world outside (disk full, a worker that died). The command exits with 1. */
export class RuntimeFailure extends Error {
  override readonly name = 'RuntimeFailure'
}
