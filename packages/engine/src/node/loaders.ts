/**
 * @file How each engine is loaded in Node. A loader either returns the running engine or throws with the exact missing
 * thing; `advice` says what to do about it.
 */
import { createRequire } from 'node:module'
// The gradients of TensorFlow.js' own ops are registered by the union package alone (tfjs-core has no entry for them).
import '@tensorflow/tfjs'
import * as tf from '@tensorflow/tfjs-core'
import { type EngineName, InputError } from '@trivium/schema'
import { useBackend, useOwnKernels } from '../starting.ts'
import type { ActiveEngine } from '../state.ts'
import { advice, nativeCommand } from './advice.ts'
import { findBlas } from './blas.ts'
import { hasPackage, nativeState, registerNative } from './native-addon.ts'
import { keepingFatalHandlers } from './process-handlers.ts'
import { loadWebgpu } from './webgpu.ts'

export type EngineOptions = {
  /** System BLAS for the wasm engine: used when found, a condition (as it is when TRIVIUM_BLAS names one), or never. */
  blas?: 'auto' | 'needed' | 'off'
  /** Threads of the matrix products: TRIVIUM_THREADS, else 1 for a BLAS and all cores for libtensorflow, when absent. */
  threads?: number | null
  /** 'off': TensorFlow.js' wasm backend as it is published, for benchmarks. Only in a process that had no other engine. */
  kernels?: 'on' | 'off'
}
/** An obstacle that has a remedy of its own. */
export class Obstacle extends Error {
  readonly advice: string
  constructor(message: string, advice: string) {
    super(message)
    this.advice = advice
  }
}

/** @throws InputError when what was asked for is no number of threads; null when nothing was. */
export function threadsOf({ threads }: EngineOptions): number | null {
  const asked = threads ?? process.env.TRIVIUM_THREADS
  if (asked === undefined || asked === '') return null
  const count = Number(asked)
  if (!Number.isSafeInteger(count) || count < 1 || count > mostThreads)
    throw new InputError(
      `${threads === undefined || threads === null ? 'TRIVIUM_THREADS' : 'threads'} is '${asked}'; wanted a whole number from 1 to ${mostThreads}`,
    )
  return count
}

/** More is a slip of the finger, and OpenBLAS allocates a buffer for each. */
const mostThreads = 256

type Loader = { readonly load: (options: EngineOptions) => Promise<ActiveEngine>; readonly advice: string }

const plain = (name: EngineName, label: string, threads: number | null): ActiveEngine => ({
  name,
  label,
  threads,
  kernels: null,
})

/** Which library answers to 'tensorflow' in this process: it cannot be unloaded. */
let tensorflow: 'cuda' | 'native' | null = null

/**
 * Both node packages register a backend called 'tensorflow' and differ only in the library they load. Where the package
 * does not load, what `pnpm engine:native` installed takes its place.
 */
async function loadNative(
  name: 'cuda' | 'native',
  packageName: string,
  options: EngineOptions,
): Promise<ActiveEngine> {
  if (tensorflow !== null && tensorflow !== name)
    throw new Error(`the library of '${tensorflow}' is loaded in this process already, which holds only one`)
  const threads = threadsOf(options)
  if (threads !== null) {
    // libtensorflow reads them once, when it is loaded.
    process.env.TF_NUM_INTRAOP_THREADS = String(threads)
    process.env.OMP_NUM_THREADS = String(threads)
  }
  const missing = requirePackage(packageName)
  const own = missing === null ? null : nativeState(name)
  if (own?.state === 'broken') throw new Error(own.reason)
  if (own?.state === 'absent') throw new Error(`${missing}`)
  tensorflow = name
  if (own?.state === 'whole') registerNative(own.folder, name)
  await useBackend('tensorflow')
  if (name === 'cuda') {
    const backend = tf.backend() as unknown as { isUsingGpuDevice?: boolean }
    if (backend.isUsingGpuDevice === false) {
      throw new Error(
        own === null
          ? 'libtensorflow loaded but found no CUDA device (driver, CUDA 11.2 and cuDNN 8.1 are needed)'
          : `libtensorflow ${own.manifest.tensorflow} loaded but found no CUDA device (an NVIDIA driver of 525 or newer is needed)`,
      )
    }
  }
  return own === null
    ? plain(name, name, threads)
    : {
        ...plain(name, name, threads),
        detail: `libtensorflow ${own.manifest.tensorflow}, by ${nativeCommand(name)}`,
      }
}

/** @returns why the package does not load, in one line; null when it did. */
function requirePackage(packageName: string): string | null {
  if (!hasPackage(packageName))
    return `the optional package ${packageName} is not installed (its native library could not be downloaded)`
  try {
    createRequire(import.meta.url)(packageName)
    return null
  } catch (error) {
    return `${packageName} does not load (${(error as Error).message.split('\n')[0]})`
  }
}

let overridden = false

async function loadWasm(options: EngineOptions): Promise<ActiveEngine> {
  await import('@tensorflow/tfjs-backend-wasm')
  await keepingFatalHandlers(() => useBackend('wasm'))
  if (options.kernels === 'off') {
    if (overridden) throw new Error("kernels: 'off' needs a process that has not started this engine before")
    return { ...plain('wasm', 'wasm-stock', 1), detail: 'tfjs-backend-wasm alone, without our kernels' }
  }
  overridden = true
  const kernels = await useOwnKernels()
  const { blas, reason } =
    options.blas === 'off'
      ? { blas: null, reason: 'switched off' }
      : findBlas({ threads: threadsOf(options) ?? 1 })
  const { TRIVIUM_BLAS: named = 'off' } = process.env
  if (blas === null && (options.blas === 'needed' || (options.blas !== 'off' && named !== 'off')))
    throw new Obstacle(reason ?? '', blasAdvice(named))
  kernels.setBlas(blas)
  return {
    name: 'wasm',
    label: blas === null ? 'wasm' : `wasm+${blas.name.toLowerCase()}${times(blas.threads)}`,
    detail:
      blas === null
        ? `own SIMD kernels; no system BLAS: ${reason}`
        : `own SIMD kernels, products by ${blas.description}`,
    threads: blas === null ? 1 : blas.threads,
    kernels,
  }
}

/** A record of figures must tell one thread from two. */
const times = (threads: number | null): string => (threads === null || threads === 1 ? '' : `×${threads}`)

const blasAdvice = (named: string): string =>
  named === 'off'
    ? 'install or repair OpenBLAS (Debian: libopenblas0-pthread), or set TRIVIUM_BLAS=off'
    : 'let TRIVIUM_BLAS name a library that works, or set it to off'

/** In the order in which `auto` tries them. */
export const loaders: Readonly<Record<EngineName, Loader>> = {
  cuda: {
    load: (options) => loadNative('cuda', '@tensorflow/tfjs-node-gpu', options),
    advice: advice.cuda,
  },
  native: {
    load: (options) => loadNative('native', '@tensorflow/tfjs-node', options),
    advice: advice.native,
  },
  webgpu: { load: loadWebgpu, advice: advice.webgpu },
  wasm: { load: loadWasm, advice: advice.wasm },
  cpu: {
    load: async () => {
      await import('@tensorflow/tfjs-backend-cpu')
      await useBackend('cpu')
      return plain('cpu', 'cpu', 1)
    },
    advice: advice.cpu,
  },
}
