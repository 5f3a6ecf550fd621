/**
 * @file Prints GFLOP/s of the products that training is made of (wasm kernel, BLAS, tfjs) and the cost of a call.
 * Run: node --conditions=@trivium/source --import tsx packages/engine/src/node/bench-kernels.ts
 */

import type { Gemm, Kernels } from '../kernels/index.ts'
import { put, randomValues, startKernels } from '../kernels/testing.ts'
import { findBlas } from './blas.ts'

/** Best milliseconds of `rounds` runs of f, each repeated to last about 20 ms. */
function best(f: () => void, rounds = 5): number {
  f()
  const once = performance.now()
  f()
  const repeats = Math.max(1, Math.round(20 / Math.max(0.0005, performance.now() - once)))
  let least = Number.POSITIVE_INFINITY
  for (let r = 0; r < rounds; r++) {
    const start = performance.now()
    for (let i = 0; i < repeats; i++) f()
    least = Math.min(least, (performance.now() - start) / repeats)
  }
  return least
}

const { kernels, tf } = await startKernels()
const every = { minWork: 0, minRows: 0 }
const found = findBlas()
console.log(found.blas ? found.blas.description : found.reason)

function run(gemm: Gemm, k: Kernels, transA: boolean, m: number, n: number, depth: number): () => void {
  const a = put(k, randomValues('a', m * depth))
  const b = put(k, randomValues('b', depth * n))
  const c = put(k, randomValues('c', m * n))
  return () => gemm(transA, false, m, n, depth, 1, a, transA ? m : depth, b, n, 0, c, n)
}

const SHAPES: [string, boolean, number, number, number][] = [
  ['2048×128×128', false, 2048, 128, 128],
  ['2048×344×128', false, 2048, 344, 128],
  ['128×2048×128 (TN, k = 2048)', true, 128, 128, 2048],
  ['512×512×512', false, 512, 512, 512],
]
for (const [label, transA, m, n, depth] of SHAPES) {
  const gflops = (ms: number): string => ((2 * m * n * depth) / ms / 1e6).toFixed(1).padStart(6)
  const wasm = best(run(kernels.sgemm, kernels, transA, m, n, depth))
  let blas = Number.NaN
  if (found.blas) {
    kernels.setBlas(found.blas, every)
    blas = best(run(kernels.gemm, kernels, transA, m, n, depth))
    kernels.setBlas(null)
  }
  const x = tf.tensor2d(randomValues('a', m * depth), transA ? [depth, m] : [m, depth])
  const y = tf.tensor2d(randomValues('b', depth * n), [depth, n])
  const stock = best(() => tf.matMul(x, y, transA, false).dispose(), 2)
  console.log(
    `${label.padEnd(28)} GFLOP/s: wasm ${gflops(wasm)}  BLAS ${gflops(blas)}  tfjs ${gflops(stock)}`,
  )
}

const nanoseconds = (f: () => void): string => (best(f) * 1e6).toFixed(0)
const tiny = run(kernels.sgemm, kernels, false, 1, 128, 128)
const empty = run(kernels.sgemm, kernels, false, 1, 1, 1)
console.log(`wasm: 1×128×128 ${nanoseconds(tiny)} ns, 1×1×1 ${nanoseconds(empty)} ns`)
if (found.blas) {
  kernels.setBlas(found.blas, every)
  const tinyBlas = run(kernels.gemm, kernels, false, 1, 128, 128)
  const emptyBlas = run(kernels.gemm, kernels, false, 1, 1, 1)
  console.log(`BLAS: 1×128×128 ${nanoseconds(tinyBlas)} ns, 1×1×1 ${nanoseconds(emptyBlas)} ns`)
  for (const size of [16, 32, 48, 64]) {
    kernels.setBlas(null)
    const wasm = nanoseconds(run(kernels.sgemm, kernels, false, size, size, size))
    kernels.setBlas(found.blas, every)
    console.log(
      `${size}³: wasm ${wasm} ns, BLAS ${nanoseconds(run(kernels.gemm, kernels, false, size, size, size))} ns`,
    )
  }
}
