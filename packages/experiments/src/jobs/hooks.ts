/** @file How whoever waits for a job takes part in it. */

export type Hooks<Progress> = {
  readonly onProgress?: (progress: Progress) => void
  /** Asks the job to stop at its next safe point. */
  readonly signal?: AbortSignal
}
