/** @file The engine that runs in this process. One at a time: TensorFlow.js itself is global. */
import type { EngineChoiceRecord, EngineName } from '@trivium/schema'
import type { Kernels } from './kernels/index.ts'

export type ActiveEngine = {
  readonly name: EngineName
  /** For records: `wasm`, `wasm+openblas`, `native`, … */
  readonly label: string
  /** For people: which libraries do the work, and why not better ones. */
  readonly detail?: string
  /** Of the matrix products; null where the library decides. */
  readonly threads: number | null
  /** How it came to be this one; set by `startEngine`. */
  readonly choice?: EngineChoiceRecord
  /** Why the device is gone, in one line; null while it is there. Absent where there is no device to lose. */
  readonly lost?: () => string | null
  /** Our own kernels on the wasm heap; null where the ops are composed of TensorFlow.js ones. */
  readonly kernels: Kernels | null
}

let active: ActiveEngine | null = null

/** @throws Error when no engine was started. */
export function activeEngine(): ActiveEngine {
  if (active === null)
    throw new Error(
      "no engine is running; call `await startEngine('auto')` of @trivium/engine/node, or in a browser of @trivium/engine/browser, first",
    )
  return active
}

/** null before the first. */
export function runningEngine(): ActiveEngine | null {
  return active
}

export function setActiveEngine(engine: ActiveEngine | null): void {
  active = engine
}

/** Our kernels where the active engine has them. */
export function activeKernels(): Kernels | null {
  return active?.kernels ?? null
}
