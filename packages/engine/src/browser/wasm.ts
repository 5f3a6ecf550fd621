/**
 * @file TensorFlow.js' WebAssembly in a browser. Its file lies in this package and is named relative to this module, which is
 * what bundlers and their development servers recognise as an asset, so nobody copies it.
 */
import * as tf from '@tensorflow/tfjs-core'
import { firstLine, useBackend, useOwnKernels } from '../starting.ts'
import type { ActiveEngine } from '../state.ts'

/**
 * A copy of the file in @tensorflow/tfjs-backend-wasm, by a path that holds from src/ and from dist/: a development server
 * does not follow a package's name in a URL.
 */
const bundled = (): URL => new URL('../../wasm/tfjs-backend-wasm-simd.wasm', import.meta.url)

/** All three names lead to it: SIMD and one thread are what our kernels can share a heap with. */
const files = [
  'tfjs-backend-wasm.wasm',
  'tfjs-backend-wasm-simd.wasm',
  'tfjs-backend-wasm-threaded-simd.wasm',
]
/** The backend reads it whenever it starts, so a second try may name another place. */
const places: Record<string, string> = {}

/** @throws Error that names what is missing. */
export async function loadWasm(wasmUrl: string | URL = bundled()): Promise<ActiveEngine> {
  // It registers its flags.
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm')
  if (!(await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')))
    throw new Error("this browser's WebAssembly has no SIMD")
  // A page that is isolated would get the build with threads, whose heap our kernels cannot share.
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false)
  const url = String(wasmUrl)
  for (const file of files) places[file] = url
  if (!named) setWasmPaths(places)
  named = true
  try {
    await useBackend('wasm')
  } catch (error) {
    throw new Error((await troubleWith(url)) ?? firstLine(error), { cause: error })
  }
  const kernels = await useOwnKernels()
  return { name: 'wasm', label: 'wasm', detail: 'own SIMD kernels', threads: 1, kernels }
}

/** setWasmPaths throws after a start that failed. */
let named = false

/** What a browser only tells its console: why the file is none. null where it is one. */
async function troubleWith(url: string): Promise<string | null> {
  try {
    const response = await fetch(url)
    if (!response.ok) return `${url} answers with status ${response.status}`
    const magic = new Uint8Array(await response.arrayBuffer()).subarray(0, 4)
    return String(magic) === '0,97,115,109'
      ? null
      : `${url} is no WebAssembly (a page that a server sends for everything?)`
  } catch (error) {
    return `${url} cannot be fetched (${firstLine(error)})`
  }
}
