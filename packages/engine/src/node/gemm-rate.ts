/** @file Measured matrix-product rate of the running engine. */
import { matMul2d } from '../ops/linear.ts'
import { dispose, read, tensor } from '../tensor.ts'

/**
 * GFLOP/s of n×n×n float32 products: the best of five after one warm-up.
 * @param clock milliseconds; of the process instead of the wall where other work shares the cores
 */
export async function measureGemm(n = 512, clock: () => number = () => performance.now()): Promise<number> {
  const values = Float32Array.from({ length: n * n }, (_, i) => ((i * 7919) % 1000) / 1000 - 0.5)
  const a = tensor(values, [n, n])
  const b = tensor(values, [n, n])
  let best = Number.POSITIVE_INFINITY
  for (let i = 0; i < 6; i++) {
    const start = clock()
    const c = matMul2d(a, b)
    await read(c)
    if (i > 0) best = Math.min(best, clock() - start)
    dispose(c)
  }
  dispose([a, b])
  return (2 * n ** 3) / best / 1e6
}
