/** @file The matrix product: every transpose case and odd size, growth of the heap, BLAS. */
import { beforeAll, describe, expect, it } from 'vitest'
import { findBlas } from '../node/blas.ts'
import type { Gemm, Kernels } from './index.ts'
import { hole, maxError, put, randomValues, startKernels } from './testing.ts'

let kernels: Kernels
let allocateTensor: (n: number) => void
beforeAll(async () => {
  const started = await startKernels()
  kernels = started.kernels
  allocateTensor = (n) => void started.tf.zeros([n])
})

interface Case {
  m: number
  n: number
  k: number
  transA?: boolean
  transB?: boolean
  alpha?: number
  beta?: number
  padding?: number
}

/** Runs the product with leading dimensions `padding` larger than needed; returns the error against float64. */
function gemmError(gemm: Gemm, test: Case): number {
  const { m, n, k, transA = false, transB = false, alpha = 1, beta = 0, padding = 0 } = test
  const lda = (transA ? m : k) + padding
  const ldb = (transB ? k : n) + padding
  const ldc = n + padding
  const a = randomValues(`a${m},${n},${k}`, (transA ? k : m) * lda)
  const b = randomValues(`b${m},${n},${k}`, (transB ? n : k) * ldb)
  const c = beta === 0 ? new Float32Array(m * ldc).fill(Number.NaN) : randomValues('c', m * ldc)
  const [pa, pb, pc] = [put(kernels, a), put(kernels, b), put(kernels, c)]
  gemm(transA, transB, m, n, k, alpha, pa, lda, pb, ldb, beta, pc, ldc)
  const got = kernels.floats(pc, m * ldc).slice()
  for (const p of [pa, pb, pc]) kernels.free(p)
  const expected = Float64Array.from(c)
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0
      for (let p = 0; p < k; p++)
        sum += (transA ? a[p * lda + i] : a[i * lda + p]) * (transB ? b[j * ldb + p] : b[p * ldb + j])
      expected[i * ldc + j] = alpha * sum + (beta === 0 ? 0 : beta * c[i * ldc + j])
    }
  }
  // The gap between rows must be untouched: NaN stays NaN, which is compared as 0 here.
  const gap = (values: ArrayLike<number>) =>
    Float64Array.from(values, (v, i) => (i % ldc >= n && Number.isNaN(v) ? 0 : v))
  return maxError(gap(got), gap(expected))
}

const SIZES: [number, number, number][] = [
  [1, 1, 1],
  [1, 128, 33],
  [2, 7, 5],
  [3, 129, 130],
  [4, 8, 2],
  [5, 9, 3],
  [7, 15, 17],
  [64, 64, 64],
  [65, 67, 63],
  [70, 20, 300],
  [13, 530, 259],
  [129, 33, 513],
]
const TRANSPOSES = [
  [false, false],
  [false, true],
  [true, false],
  [true, true],
]

describe('sgemm in wasm', () => {
  for (const [transA, transB] of TRANSPOSES) {
    it(`transA ${transA}, transB ${transB}: any size, padded rows, alpha and beta`, () => {
      for (const [m, n, k] of SIZES) {
        expect(gemmError(kernels.sgemm, { m, n, k, transA, transB })).toBeLessThan(2e-5)
        const scaled = { m, n, k, transA, transB, alpha: -0.5, beta: 1, padding: 3 }
        expect(gemmError(kernels.sgemm, scaled)).toBeLessThan(2e-5)
      }
      expect(gemmError(kernels.sgemm, { m: 6, n: 6, k: 6, transA, transB, beta: 0.25 })).toBeLessThan(1e-6)
    })
  }

  it('scales or clears C when there is nothing to multiply', () => {
    const c = put(kernels, [1, 2, 3, 4])
    kernels.sgemm(false, false, 2, 2, 0, 1, c, 1, c, 2, 1, c, 2)
    expect([...kernels.floats(c, 4)]).toEqual([1, 2, 3, 4])
    kernels.sgemm(false, false, 2, 2, 0, 1, c, 1, c, 2, 0, c, 2)
    expect([...kernels.floats(c, 4)]).toEqual([0, 0, 0, 0])
  })

  it('goes on working after the heap has grown', () => {
    const before = kernels.memory.buffer
    const kept = put(kernels, randomValues('kept', 64))
    for (let i = 0; i < 64 && kernels.memory.buffer === before; i++) allocateTensor(1 << 20)
    expect(kernels.memory.buffer).not.toBe(before)
    expect(maxError(kernels.floats(kept, 64), randomValues('kept', 64))).toBe(0)
    expect(gemmError(kernels.sgemm, { m: 33, n: 31, k: 29 })).toBeLessThan(1e-5)
  })
})

const found = findBlas()
describe('BLAS', () => {
  it.skipIf(!found.blas)('gives the same products on the same pointers', () => {
    kernels.setBlas(found.blas, { minWork: 0, minRows: 0 })
    expect(kernels.blas).toBe(found.blas)
    for (const [transA, transB] of TRANSPOSES) {
      for (const [m, n, k] of SIZES) {
        expect(gemmError(kernels.gemm, { m, n, k, transA, transB, beta: 1, padding: 2 })).toBeLessThan(1e-4)
      }
    }
    const before = kernels.memory.buffer
    for (let i = 0; i < 64 && kernels.memory.buffer === before; i++) allocateTensor(1 << 22)
    expect(kernels.memory.buffer).not.toBe(before)
    expect(gemmError(kernels.gemm, { m: 40, n: 41, k: 42 })).toBeLessThan(1e-4)
    kernels.setBlas(null)
    expect(kernels.blas).toBeNull()
  })

  it.skipIf(!found.blas)('gives the same products with two threads', () => {
    const two = findBlas({ threads: 2 })
    kernels.setBlas(two.blas, { minWork: 0, minRows: 0 })
    for (const [transA, transB] of TRANSPOSES)
      expect(gemmError(kernels.gemm, { m: 301, n: 257, k: 259, transA, transB })).toBeLessThan(1e-4)
    expect(two.blas?.description).toMatch(/[12] threads? \(|its own number/)
    // The number of threads is the library's own state.
    findBlas()
    kernels.setBlas(null)
  })

  it('leaves small products, and those of few rows, to wasm', () => {
    let calls = 0
    const fake = { name: 'fake', description: 'fake', path: '', threads: 1, bind: () => () => void calls++ }
    kernels.setBlas(fake, { minWork: 1000, minRows: 4 })
    const p = hole(kernels, 400)
    kernels.gemm(false, false, 9, 11, 10, 1, p, 10, p, 11, 0, p, 11)
    expect(calls).toBe(0)
    kernels.gemm(false, false, 10, 10, 10, 1, p, 10, p, 10, 0, p, 10)
    expect(calls).toBe(1)
    kernels.gemm(false, false, 3, 10, 10, 1, p, 10, p, 10, 0, p, 10)
    kernels.gemm(false, false, 3, 20, 20, 1, p, 20, p, 20, 0, p, 20)
    expect(calls).toBe(1)
    kernels.setBlas(null)
  })

  it('says why a library can not be used', () => {
    expect(findBlas({ path: 'off' }).reason).toMatch(/switched off/)
    expect(findBlas({ path: '/nowhere/libopenblas.so.0' }).reason).toMatch(/file not found/)
    expect(findBlas({ path: 'libno-such-blas.so.9' }).reason).toMatch(/not found/)
    expect(findBlas({ path: import.meta.filename }).reason).toMatch(/not a library for/)
    expect(findBlas({ threads: 0 }).reason).toMatch(/at least 1, got 0/)
  })

  it.skipIf(process.platform !== 'linux')('misses the symbol in a library that is no BLAS', () => {
    expect(findBlas({ path: 'libm.so.6' }).reason).toMatch(/no symbol cblas_sgemm/)
  })
})
