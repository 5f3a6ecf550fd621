/**
 * @file The system's BLAS (OpenBLAS, MKL, BLIS, Accelerate) through koffi, Node only: cblas_sgemm on addresses inside
 * the wasm heap, nothing copied. An address goes over as a plain number (heap addresses fit in 53 bits); that is as
 * cheap as koffi calls get, about 0.2 µs.
 */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { isAbsolute } from 'node:path'
import type { LibraryHandle } from 'koffi'
import type { Blas, Gemm } from '../kernels/types.ts'
import { blasNames, isAccelerate } from './blas-files.ts'

type Koffi = typeof import('koffi').default
type KoffiFunction = ReturnType<LibraryHandle['func']>

/** What `findBlas` found: a library, or why none can be used (one line, for `doctor`). */
export type BlasResult = { blas: Blas; reason?: undefined } | { blas: null; reason: string }

export interface BlasOptions {
  /** A library to use instead of searching; default: environment TRIVIUM_BLAS ('off' switches BLAS off). */
  readonly path?: string
  /** Threads of the library; default 1, as small products lose with more. */
  readonly threads?: number
}

const ROW_MAJOR = 101
const NO_TRANSPOSE = 111
const TRANSPOSE = 112

/** How each family tells its threads and its name; the reference BLAS has none of these symbols. */
const FAMILIES = [
  {
    name: 'OpenBLAS',
    setThreads: 'void openblas_set_num_threads(int n)',
    getThreads: 'int openblas_get_num_threads()',
    describe: 'const char *openblas_get_config()',
  },
  {
    name: 'MKL',
    setThreads: 'void MKL_Set_Num_Threads(int n)',
    getThreads: 'int MKL_Get_Max_Threads()',
    describe: null,
  },
  {
    name: 'BLIS',
    setThreads: 'void bli_thread_set_num_threads(int64_t n)',
    getThreads: 'int64_t bli_thread_get_num_threads()',
    describe: null,
  },
]
/** `threads`: those that the library says it has, which a build without threads does not take from us; null: unknown. */
type Family = { readonly description: string; readonly threads: number | null }

/**
 * Finds a BLAS and tries it on a small product.
 * @returns the library, or the reason why there is none; never throws for a missing or broken library.
 */
export function findBlas(options: BlasOptions = {}): BlasResult {
  const wanted = options.path ?? process.env.TRIVIUM_BLAS
  if (wanted === 'off') return { blas: null, reason: 'BLAS is switched off (TRIVIUM_BLAS=off)' }
  const threads = options.threads ?? 1
  if (!Number.isInteger(threads) || threads < 1) {
    return { blas: null, reason: `BLAS threads must be a whole number of at least 1, got ${threads}` }
  }
  let koffi: Koffi
  try {
    // By require: it is synchronous, and a missing native part is a reason here rather than a failed import.
    koffi = createRequire(import.meta.url)('koffi') as Koffi
  } catch (error) {
    return {
      blas: null,
      reason: `koffi has no native part for ${process.platform}-${process.arch}: ${firstLine(error)}`,
    }
  }
  if (wanted) return openBlas(koffi, wanted, threads, true)
  const reasons: string[] = []
  for (const path of blasNames[process.platform] ?? []) {
    const result = openBlas(koffi, path, threads, false)
    if (result.blas) return result
    if (!/not found/.test(result.reason)) reasons.push(result.reason)
  }
  const detail = reasons.length > 0 ? ` (${reasons.join('; ')})` : ''
  return {
    blas: null,
    reason: `no BLAS found${detail}; ${installHint()} or set TRIVIUM_BLAS to a library's path`,
  }
}

function installHint(): string {
  if (process.platform === 'darwin') return 'Accelerate should be part of macOS'
  if (process.platform === 'win32') return "put OpenBLAS's libopenblas.dll on the PATH"
  return 'install OpenBLAS (Debian: libopenblas0-pthread, Fedora: openblas)'
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]
}

/** Opens, sets threads, tries. `explicit`: the user named it, so an unknown family is taken too. */
function openBlas(koffi: Koffi, path: string, threads: number, explicit: boolean): BlasResult {
  if (isAbsolute(path) && !isAccelerate(path) && !existsSync(path)) {
    return { blas: null, reason: `BLAS ${path}: file not found` }
  }
  if (isAccelerate(path)) process.env.VECLIB_MAXIMUM_THREADS ??= String(threads)
  let library: LibraryHandle
  try {
    library = koffi.load(path)
  } catch (error) {
    return { blas: null, reason: `BLAS ${path}: ${loadReason(firstLine(error))}` }
  }
  const call = symbol(
    library,
    'void cblas_sgemm(int order, int ta, int tb, int m, int n, int k, float alpha, uintptr_t a, int lda, uintptr_t b, int ldb, float beta, uintptr_t c, int ldc)',
  )
  if (!call) return { blas: null, reason: `BLAS ${path}: it has no symbol cblas_sgemm` }
  const family = identify(library, path, threads)
  if (!family && !explicit) {
    return {
      blas: null,
      reason: `BLAS ${path}: not OpenBLAS, MKL, BLIS or Accelerate; a reference BLAS is slower than the wasm kernels`,
    }
  }
  const failure = selfTest(koffi, call)
  if (failure) return { blas: null, reason: `BLAS ${path}: ${failure}` }
  const name = family?.description.split(' ')[0] ?? 'BLAS'
  const taken = family?.threads ?? null
  const count = taken === null ? 'its own number of threads' : `${taken} thread${taken === 1 ? '' : 's'}`
  const description = `${family?.description ?? 'unknown BLAS'}, ${count} (${path})`
  return { blas: { name, description, path, threads: taken, bind: (memory) => bind(koffi, call, memory) } }
}

/** The dynamic loader's message in plain words. */
function loadReason(message: string): string {
  if (
    /wrong ELF class|invalid ELF header|incompatible architecture|not a valid Win32|mach-o/i.test(message)
  ) {
    return `not a library for ${process.platform}-${process.arch} (${message})`
  }
  if (/cannot open shared object|no such file|not be found|image not found/i.test(message)) {
    return `not found (${message})`
  }
  return message
}

function symbol(library: LibraryHandle, prototype: string): KoffiFunction | null {
  try {
    return library.func(prototype)
  } catch {
    return null
  }
}

/** Name and build of the library, its threads set; null for an unknown one. */
function identify(library: LibraryHandle, path: string, threads: number): Family | null {
  if (isAccelerate(path)) return { description: 'Accelerate', threads }
  for (const family of FAMILIES) {
    const setThreads = symbol(library, family.setThreads)
    if (!setThreads) continue
    setThreads(threads)
    const getThreads = symbol(library, family.getThreads)
    const describe = family.describe ? symbol(library, family.describe) : null
    return {
      description: describe ? String(describe()).trim() : family.name,
      threads: getThreads ? Number(getThreads()) : null,
    }
  }
  return null
}

/** A 2×3 by 3×2 product with a transpose: finds 64-bit-integer builds and foreign calling conventions. */
function selfTest(koffi: Koffi, call: KoffiFunction): string | null {
  const data = Float32Array.from([1, 2, 3, 4, 5, 6, 1, 0, 2, -1, 1, 3, 9, 9, 9, 9])
  const base = Number(koffi.address(data))
  call(ROW_MAJOR, NO_TRANSPOSE, TRANSPOSE, 2, 2, 3, 2, base, 3, base + 24, 3, 1, base + 48, 2)
  const got = [...data.subarray(12)]
  const expected = [23, 29, 41, 47] // 9 + 2 [[1,2,3],[4,5,6]] [[1,0,2],[-1,1,3]]^T
  if (got.every((value, i) => value === expected[i])) return null
  return `its sgemm gave [${got}] for [${expected}] (a build with 64-bit integers?)`
}

function bind(koffi: Koffi, call: KoffiFunction, memory: { readonly buffer: ArrayBuffer }): Gemm {
  let buffer: ArrayBuffer | null = null
  let base = 0
  return (transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc) => {
    // Growth gives the memory a new buffer; the address is taken anew then.
    const current = memory.buffer
    if (current !== buffer) {
      buffer = current
      base = Number(koffi.address(new Uint8Array(current)))
    }
    const ta = transA ? TRANSPOSE : NO_TRANSPOSE
    const tb = transB ? TRANSPOSE : NO_TRANSPOSE
    call(ROW_MAJOR, ta, tb, m, n, k, alpha, base + a, lda, base + b, ldb, beta, base + c, ldc)
  }
}
