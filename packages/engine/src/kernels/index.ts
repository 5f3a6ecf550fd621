/**
 * @file Fast float32 kernels on the heap of tfjs-backend-wasm: one small SIMD module beside TensorFlow.js's own,
 * sharing its memory, plus (Node) the system's BLAS on the same pointers. No tfjs op is used here.
 */
import { InputError, RuntimeFailure } from '@trivium/schema'
import {
  findMemory,
  type HeapMemory,
  instantiateKernels,
  type RawKernels,
  type WasmBackend,
} from './module.ts'
import type { Blas, BlasLimits, Gemm, Kernels } from './types.ts'

export {
  attentionBackward,
  attentionCached,
  attentionForward,
  type CacheSpan,
  seenBehind,
} from './attention.ts'
export {
  type BlockActivations,
  type BlockPointers,
  type BlockShape,
  blockBackward,
  blockForward,
} from './block.ts'
export { inferBlocks, type Mixing } from './inference.ts'
export type { WasmBackend } from './module.ts'
export type { ConvTaps, Gemm, Kernels } from './types.ts'

/**
 * Smaller products stay in wasm: the call through koffi costs more than they take, and for few rows a BLAS packs the
 * second factor, which takes longer than the product itself.
 */
const BLAS_LIMITS: BlasLimits = { minWork: 1 << 11, minRows: 4 }

/**
 * Puts the kernels on the heap of a started wasm backend.
 * @param backend `tf.backend()` of tfjs-backend-wasm 4.22, SIMD build.
 * @throws RuntimeFailure when the backend's memory can not be reached.
 */
export async function attachKernels(backend: object): Promise<Kernels> {
  if (!isWasmBackend(backend)) {
    throw new RuntimeFailure("the fused kernels need tfjs's wasm backend; call setBackend('wasm') first")
  }
  const memory = findMemory(backend)
  const raw = await instantiateKernels(memory)
  const alloc = (bytes: number): number => backend.wasm._malloc(bytes) >>> 0
  const scratch = alloc(raw.scratchBytes())
  const floats = (pointer: number, length: number): Float32Array =>
    new Float32Array(memory.buffer, pointer, length)
  const ints = (pointer: number, length: number): Int32Array => new Int32Array(memory.buffer, pointer, length)
  const products = matrixProducts(raw, memory, scratch)
  return {
    memory,
    floats,
    ints,
    alloc,
    free: (pointer) => backend.wasm._free(pointer),
    gemm: products.gemm,
    sgemm: products.sgemm,
    setBlas: products.setBlas,
    get blas() {
      return products.state.blas
    },
    ...elementwise(raw),
    ...rows(raw, ints),
    ...sequence(raw),
  }
}

function isWasmBackend(backend: object): backend is WasmBackend {
  return (
    'wasm' in backend &&
    backend.wasm !== null &&
    typeof backend.wasm === 'object' &&
    '_malloc' in backend.wasm
  )
}

/** The wasm product and the switch to BLAS. */
function matrixProducts(raw: RawKernels, memory: HeapMemory, scratch: number) {
  const sgemm: Gemm = (transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc) =>
    raw.sgemm(transA ? 1 : 0, transB ? 1 : 0, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc, scratch)
  const state: { blas: Blas | null; bound: Gemm } & BlasLimits = { blas: null, bound: sgemm, ...BLAS_LIMITS }
  const gemm: Gemm = (transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc) => {
    const product = m >= state.minRows && m * n * k >= state.minWork ? state.bound : sgemm
    product(transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
  }
  const setBlas = (blas: Blas | null, limits: BlasLimits = BLAS_LIMITS): void => {
    Object.assign(state, limits, { blas, bound: blas ? blas.bind(memory) : sgemm })
  }
  return { gemm, sgemm, setBlas, state }
}

function elementwise(raw: RawKernels) {
  const { expInto, swigluForward, swigluBackward, relu2Forward, relu2Backward, ema, addInto } = raw
  return {
    expInto,
    swigluForward,
    swigluBackward,
    relu2Forward,
    relu2Backward,
    ema,
    addInto,
    copyFloats: (to, from, count) => raw.copyBytes(to, from, 4 * count),
    sumSquares: raw.sumSquares as Kernels['sumSquares'],
    adamw: (q, n, s) =>
      raw.adamw(
        q.p,
        q.g,
        q.m,
        q.v,
        q.decayed,
        q.pOut,
        q.mOut,
        q.vOut,
        n,
        s.lr,
        s.beta1,
        s.beta2,
        s.eps,
        s.weightDecay,
        s.biasCorrection1,
        s.biasCorrection2,
        s.gradScale,
      ),
  } satisfies Partial<Kernels>
}

function rows(raw: RawKernels, ints: Kernels['ints']) {
  /** An id outside the table would read or write a stranger's memory. */
  const checkIds = (what: string, ids: number, n: number, limit: number): void => {
    const bad = raw.firstOutOfRange(ids, n, limit) as number
    if (bad < 0) return
    throw new InputError(
      `${what}[${bad}] is ${ints(ids + 4 * bad, 1)[0]}; it must be an integer in [0, ${limit}): check that the tokenizer and the model have the same vocabulary`,
    )
  }
  const { rmsNormForward, rmsNormBackward, crossEntropyBackward } = raw
  return {
    rmsNormForward,
    rmsNormBackward,
    crossEntropyBackward,
    crossEntropyForward: (logits, targets, weights, nll, n, v) => {
      checkIds('cross-entropy target', targets, n, v)
      return raw.crossEntropyForward(logits, targets, weights, nll, n, v) as number
    },
    attentionSoftmaxForward: (s, queries, keys, scale, causal, queryOffset) =>
      raw.attentionSoftmaxForward(s, queries, keys, scale, causal ? 1 : 0, queryOffset),
    attentionSoftmaxBackward: (p, dp, queries, keys, scale, causal, queryOffset) =>
      raw.attentionSoftmaxBackward(p, dp, queries, keys, scale, causal ? 1 : 0, queryOffset),
    embeddingForward: (table, ids, y, n, d, v) => {
      checkIds('embedding id', ids, n, v)
      raw.embeddingForward(table, ids, y, n, d)
    },
    embeddingBackward: (dy, ids, dtable, n, d, v) => {
      checkIds('embedding id', ids, n, v)
      raw.embeddingBackward(dy, ids, dtable, n, d)
    },
  } satisfies Partial<Kernels>
}

function sequence(raw: RawKernels) {
  return {
    ropeForward: raw.ropeForward,
    shortConvForward: (x, w, y, batch, length, d, t, firstRow = 0) =>
      raw.shortConvForward(x, w, y, batch, length, d, t.taps, t.firstOffset, t.skipCentre ? 1 : 0, firstRow),
    shortConvBackward: (dy, x, w, dx, dw, batch, length, d, t) =>
      raw.shortConvBackward(dy, x, w, dx, dw, batch, length, d, t.taps, t.firstOffset, t.skipCentre ? 1 : 0),
  } satisfies Partial<Kernels>
}
