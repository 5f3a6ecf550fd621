/** @file The engine that runs in this process. One at a time: TensorFlow.js itself is global. */
import type { EngineName } from '@trivium/schema'
import type { Kernels } from './kernels/index.ts'

export type ActiveEngine = {
  readonly name: EngineName
  /** For records: `wasm`, `wasm+openblas`, `native`, … */
  readonly label: string
  /** For people: which libraries do the work, and why not better ones. */
  readonly detail?: string
  readonly threads: number | null
  /** Our own kernels on the wasm heap; null where the ops are composed of TensorFlow.js ones. */
  readonly kernels: Kernels | null
}

let active: ActiveEngine | null = null

/** @throws Error when no engine was started. */
export function activeEngine(): ActiveEngine {
  if (active === null)
    throw new Error("no engine is running; call `await startEngine('auto')` of @trivium/engine/node first")
  return active
}

export function setActiveEngine(engine: ActiveEngine | null): void {
  active = engine
}

/** Our kernels where the active engine has them. */
export function activeKernels(): Kernels | null {
  return active?.kernels ?? null
}
