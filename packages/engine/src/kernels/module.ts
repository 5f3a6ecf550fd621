/**
 * @file Finds TensorFlow.js's WebAssembly heap and instantiates the kernels on it.
 * The kernels own no static data and no stack in linear memory, so sharing the heap is safe: they touch only
 * the addresses that they are given. Works in Node and in browsers.
 */
import { RuntimeFailure } from '@trivium/schema'
import { KERNELS_BASE64 } from './kernels.generated.ts'

/** What is used of tfjs-backend-wasm's backend object (`tf.backend()` after `setBackend('wasm')`). */
export interface WasmBackend {
  readonly wasm: {
    readonly asm?: Record<string, unknown>
    readonly wasmMemory?: unknown
    readonly HEAPU8: Uint8Array
    _malloc(bytes: number): number
    _free(pointer: number): void
  }
}

/** The part of WebAssembly.Memory that is used (the library types of Node and of browsers differ). */
export interface HeapMemory {
  readonly buffer: ArrayBuffer
}

/** The module's exports: byte pointers, sizes in elements. Shapes are told in `Kernels`. */
export interface RawKernels {
  scratchBytes(): number
  sgemm(
    transA: number,
    transB: number,
    m: number,
    n: number,
    k: number,
    alpha: number,
    a: number,
    lda: number,
    b: number,
    ldb: number,
    beta: number,
    c: number,
    ldc: number,
    scratch: number,
  ): void
  [name: string]: (...args: number[]) => number | void
}

interface WebAssemblyApi {
  readonly Memory: abstract new (...args: never[]) => HeapMemory
  instantiate(
    bytes: Uint8Array,
    imports: { env: { memory: HeapMemory } },
  ): Promise<{ instance: { exports: unknown } }>
}

/** WebAssembly as Node and browsers have it; neither of their type libraries is loaded here. */
const api: WebAssemblyApi = (globalThis as unknown as { WebAssembly: WebAssemblyApi }).WebAssembly

/** The bytes of the compiled kernels. */
export function kernelBytes(): Uint8Array {
  const text = atob(KERNELS_BASE64)
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}

/**
 * The live memory of the backend: Emscripten keeps the instance's exports under `asm`, the memory among them.
 * @throws RuntimeFailure when there is none, or when it is shared (the multi-threaded build of tfjs).
 */
export function findMemory(backend: WasmBackend): HeapMemory {
  const candidates = [backend.wasm.wasmMemory, ...Object.values(backend.wasm.asm ?? {})]
  for (const candidate of candidates) {
    if (!(candidate instanceof api.Memory)) continue
    if (candidate.buffer !== backend.wasm.HEAPU8.buffer) continue
    if (!(candidate.buffer instanceof ArrayBuffer)) {
      throw new RuntimeFailure(
        'the fused kernels need the single-threaded tfjs-backend-wasm, but its heap is shared; set the flag WASM_HAS_MULTITHREAD_SUPPORT to false before the backend starts',
      )
    }
    return candidate
  }
  throw new RuntimeFailure(
    'tfjs-backend-wasm shows no WebAssembly.Memory (looked in backend.wasm.asm); the fused kernels are written for version 4.22',
  )
}

/** Instantiates the kernels on the memory. */
export async function instantiateKernels(memory: HeapMemory): Promise<RawKernels> {
  const { instance } = await api.instantiate(kernelBytes(), { env: { memory } })
  return instance.exports as RawKernels
}
