/**
 * @file Two kernels of tfjs-backend-wasm, re-registered. BatchMatMul over our gemm: the stock kernel reaches XNNPACK only
 * for a single product without transpose flags and is 10 to 20 times slower for everything else, which makes training
 * seven times slower. Identity without a copy: the tape clones every tensor that backward needs.
 */
import * as tf from '@tensorflow/tfjs-core'
import type { Kernels } from './kernels/index.ts'
import { allocate, pointer, type Tensor } from './tensor.ts'

type IdentityArgs = { inputs: { x: tf.TensorInfo }; backend: { incRef(dataId: object): void } }
type MatMulArgs = { inputs: { a: Tensor; b: Tensor }; attrs: { transposeA: boolean; transposeB: boolean } }

export function overrideWasmKernels(kernels: Kernels): void {
  tf.unregisterKernel('Identity', 'wasm')
  tf.registerKernel({
    kernelName: 'Identity',
    backendName: 'wasm',
    kernelFunc: (({ inputs: { x }, backend }: IdentityArgs) => {
      backend.incRef(x.dataId)
      return { dataId: x.dataId, shape: x.shape, dtype: x.dtype }
    }) as unknown as tf.KernelFunc,
  })
  tf.unregisterKernel('BatchMatMul', 'wasm')
  tf.registerKernel({
    kernelName: 'BatchMatMul',
    backendName: 'wasm',
    kernelFunc: ((args: MatMulArgs) => batchMatMul(kernels, args)) as unknown as tf.KernelFunc,
  })
}

/** Batch shapes broadcast as in the stock kernel. */
function batchMatMul(
  kernels: Kernels,
  { inputs: { a, b }, attrs: { transposeA, transposeB } }: MatMulArgs,
): Tensor {
  const [rowsA, columnsA] = a.shape.slice(-2)
  const [rowsB, columnsB] = b.shape.slice(-2)
  const [m, k] = transposeA ? [columnsA, rowsA] : [rowsA, columnsA]
  const [kb, n] = transposeB ? [columnsB, rowsB] : [rowsB, columnsB]
  if (k !== kb)
    throw new Error(
      `matMul: inner sizes differ: [${a.shape}] · [${b.shape}], transposeA=${transposeA}, transposeB=${transposeB}`,
    )
  const outer = tf.broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2))
  const batch = outer.reduce((x, y) => x * y, 1)
  const out = allocate([...outer, m, n])
  const [indexA, indexB] = [a, b].map((x) => batchIndex(x.shape.slice(0, -2), outer))
  for (let i = 0; i < batch; i++)
    kernels.gemm(
      transposeA,
      transposeB,
      m,
      n,
      k,
      1,
      pointer(a) + 4 * indexA(i) * rowsA * columnsA,
      columnsA,
      pointer(b) + 4 * indexB(i) * rowsB * columnsB,
      columnsB,
      0,
      pointer(out) + 4 * i * m * n,
      n,
    )
  return out
}

/** Maps a flat index over the broadcast batch shape to one over the operand's own. */
function batchIndex(own: number[], outer: number[]): (flat: number) => number {
  const size = own.reduce((x, y) => x * y, 1)
  if (size === outer.reduce((x, y) => x * y, 1)) return (flat) => flat
  const padded = [...new Array<number>(outer.length - own.length).fill(1), ...own]
  return (flat) => {
    let index = 0
    let stride = 1
    for (let axis = outer.length - 1; axis >= 0; axis--) {
      const at = flat % outer[axis]
      flat = Math.floor(flat / outer[axis])
      if (padded[axis] > 1) index += at * stride
      stride *= padded[axis]
    }
    return index
  }
}
