/** @file What starting an engine is made of, in Node and in a browser alike. */
import * as tf from '@tensorflow/tfjs-core'
import { InputError } from '@trivium/schema'
import { attachKernels, type Kernels, type WasmBackend } from './kernels/index.ts'
import { runningEngine, setActiveEngine } from './state.ts'
import { memory } from './tensor.ts'
import { overrideWasmKernels } from './wasm-overrides.ts'

/** @throws Error when the backend, which is registered, does not initialise. */
export async function useBackend(backend: string): Promise<void> {
  if (!(await tf.setBackend(backend)))
    throw new Error(`TensorFlow.js could not initialise its '${backend}' backend`)
  await tf.ready()
}

/** Puts our kernels on the heap of the wasm backend that runs, and its own slow ones aside. */
export async function useOwnKernels(): Promise<Kernels> {
  const kernels = await attachKernels(tf.backend() as unknown as WasmBackend)
  overrideWasmKernels(kernels)
  return kernels
}

/**
 * TensorFlow.js is global: tensors of one engine would be moved to the other, or their kernels not be found.
 * @throws InputError when an engine of another name runs here and has tensors.
 */
export function refuseSecond(name: string): void {
  const running = runningEngine()
  if (running === null || running.name === name) return
  const { numTensors } = memory()
  if (numTensors === 0) return
  throw new InputError(
    `engine '${name}' cannot start: '${running.name}' runs in this process and has ${numTensors} tensors; one engine a process, so stopEngine() first, or start another process`,
  )
}

/** Lets another engine start in this process. Tensors of the one that ran must not be used any more. */
export function stopEngine(): void {
  setActiveEngine(null)
}

export const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0]
