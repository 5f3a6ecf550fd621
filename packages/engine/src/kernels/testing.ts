/** @file Helpers of the kernel tests: a started backend, random data on its heap, comparisons. */
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-backend-wasm'
import { createRng } from '@trivium/random'
import { attachKernels, type Kernels, type WasmBackend } from './index.ts'

/** Kernels on tfjs's wasm backend in this process. */
export async function startKernels(): Promise<{ kernels: Kernels; backend: WasmBackend; tf: typeof tf }> {
  await tf.setBackend('wasm')
  await tf.ready()
  const backend = tf.backend() as unknown as WasmBackend
  return { kernels: await attachKernels(backend), backend, tf }
}

/** Uniform values in [-1, 1), reproducible per label. */
export function randomValues(label: string, n: number): Float32Array {
  return Float32Array.from(createRng(7).fork(label).uniforms(n), (u) => 2 * u - 1)
}

/** Copies values to fresh heap memory. */
export function put(kernels: Kernels, values: ArrayLike<number>): number {
  const pointer = kernels.alloc(4 * Math.max(1, values.length))
  kernels.floats(pointer, values.length).set(Float32Array.from(values))
  return pointer
}

export function putInts(kernels: Kernels, values: ArrayLike<number>): number {
  const pointer = kernels.alloc(4 * Math.max(1, values.length))
  kernels.ints(pointer, values.length).set(Int32Array.from(values))
  return pointer
}

/** Heap memory full of NaN: a kernel that reads or leaves its output uninitialised is seen. */
export function hole(kernels: Kernels, n: number): number {
  return put(kernels, new Float32Array(n).fill(Number.NaN))
}

/** Largest |got − expected| / (1 + |expected|); NaN anywhere gives Infinity. */
export function maxError(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  let worst = got.length === expected.length ? 0 : Number.POSITIVE_INFINITY
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(got[i] - expected[i]) / (1 + Math.abs(expected[i]))
    worst = Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(worst, error)
  }
  return worst
}
