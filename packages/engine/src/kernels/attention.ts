/**
 * @file Multi-head attention on pointers: heads stay side by side in [B·L, H·dh], so a head is a matrix with leading
 * dimension D = H·dh and nothing is transposed or copied. The products go through `kernels.gemm` (wasm or BLAS).
 */
import type { Kernels } from './types.ts'

/** Queries a causal block covers: keys after the block are never multiplied. */
const CAUSAL_BLOCK = 64

/** Sizes shared by forward and backward. */
export interface AttentionShape {
  readonly batch: number
  readonly length: number
  readonly heads: number
  /** Width of one head. */
  readonly dh: number
  readonly causal: boolean
  /** Block-causal: a query sees all keys of its own block and of earlier ones. Not together with `causal`. */
  readonly blockLength?: number
}

/** Calls `f` for the query blocks [start, start + rows) of one head with the number of keys they can see. */
function eachBlock(shape: AttentionShape, f: (start: number, rows: number, keys: number) => void): void {
  const { length, causal, blockLength } = shape
  const size = blockLength ?? (causal ? CAUSAL_BLOCK : length)
  const onlyBack = causal || blockLength !== undefined
  for (let start = 0; start < length; start += size) {
    const rows = Math.min(size, length - start)
    f(start, rows, onlyBack ? start + rows : length)
  }
}

/** Block-causal rows are whole rows to the softmax: what they may not see gets `value`, which must end as 0. */
function hideLaterKeys(
  kernels: Kernels,
  s: number,
  { length, blockLength }: AttentionShape,
  rows: number,
  keys: number,
  value: number,
): void {
  if (blockLength === undefined || keys === length) return
  const scores = kernels.floats(s, rows * length)
  for (let r = 0; r < rows; r++) scores.fill(value, r * length + keys, (r + 1) * length)
}

/**
 * out = softmax(Q Kᵀ / √dh) V. q, k, v, out [B·L, D]; probs [B, H, L, L] is written (kept for backward).
 * A causal query sees keys up to its own position.
 * @param keepProbs false: probs is scratch of [L, L], used again for each head (inference).
 */
export function attentionForward(
  kernels: Kernels,
  pointers: { q: number; k: number; v: number; out: number; probs: number },
  shape: AttentionShape,
  keepProbs = true,
): void {
  const { batch, length, heads, dh, causal } = shape
  const { gemm } = kernels
  const stride = keepProbs ? 4 * length * length : 0
  const d = heads * dh
  const scale = 1 / Math.sqrt(dh)
  for (let b = 0; b < batch; b++) {
    for (let h = 0; h < heads; h++) {
      const at = 4 * (b * length * d + h * dh)
      const { q, k, v, out } = pointers
      const probs = pointers.probs + (b * heads + h) * stride
      eachBlock(shape, (start, rows, keys) => {
        const s = probs + 4 * start * length
        const row = at + 4 * start * d
        gemm(false, true, rows, keys, dh, 1, q + row, d, k + at, d, 0, s, length) // [rows, keys]
        hideLaterKeys(kernels, s, shape, rows, keys, -1e30)
      })
      kernels.attentionSoftmaxForward(probs, length, length, scale, causal, 0)
      eachBlock(shape, (start, rows, keys) => {
        const s = probs + 4 * start * length
        const row = at + 4 * start * d
        gemm(false, false, rows, dh, keys, 1, s, length, v + at, d, 0, out + row, d) // [rows, dh]
      })
    }
  }
}

/**
 * Gradients of attentionForward: dq, dk, dv [B·L, D] are written (not added to), given dout [B·L, D] and the probs of
 * forward. Takes L·L floats of the heap while it runs.
 */
export function attentionBackward(
  kernels: Kernels,
  pointers: {
    q: number
    k: number
    v: number
    probs: number
    dout: number
    dq: number
    dk: number
    dv: number
  },
  shape: AttentionShape,
): void {
  const { batch, length, heads } = shape
  const ds = kernels.alloc(4 * length * length)
  try {
    for (let b = 0; b < batch; b++) {
      for (let h = 0; h < heads; h++) headBackward(kernels, pointers, shape, b, h, ds)
    }
  } finally {
    kernels.free(ds)
  }
}

/** dV = Pᵀ dO; dP = dO Vᵀ; dS = softmax'(dP); dQ = dS K; dK = dSᵀ Q, for one head. */
function headBackward(
  kernels: Kernels,
  pointers: Parameters<typeof attentionBackward>[1],
  shape: AttentionShape,
  b: number,
  h: number,
  ds: number,
): void {
  const { length, heads, dh, causal } = shape
  const { gemm } = kernels
  const d = heads * dh
  const at = 4 * (b * length * d + h * dh)
  const probs = pointers.probs + 4 * (b * heads + h) * length * length
  const { q, k, v, dout, dq, dk, dv } = pointers
  eachBlock(shape, (start, rows, keys) => {
    const row = at + 4 * start * d
    gemm(false, true, rows, keys, dh, 1, dout + row, d, v + at, d, 0, ds + 4 * start * length, length)
    hideLaterKeys(kernels, ds + 4 * start * length, shape, rows, keys, 0)
  })
  kernels.attentionSoftmaxBackward(probs, ds, length, length, 1 / Math.sqrt(dh), causal, 0)
  // Block i adds to the keys it sees: each key block is first met as the last columns of its own query block, so
  // going through the blocks from the end lets beta be 0 once for all keys and 1 after that.
  let beta = 0
  const blocks: [number, number, number][] = []
  eachBlock(shape, (start, rows, keys) => blocks.push([start, rows, keys]))
  for (const [start, rows, keys] of blocks.reverse()) {
    const row = at + 4 * start * d
    const s = ds + 4 * start * length
    const p = probs + 4 * start * length
    gemm(false, false, rows, dh, keys, 1, s, length, k + at, d, 0, dq + row, d)
    gemm(true, false, keys, dh, rows, 1, s, length, q + row, d, beta, dk + at, d)
    gemm(true, false, keys, dh, rows, 1, p, length, dout + row, d, beta, dv + at, d)
    beta = 1
  }
}

/**
 * Forward only, for decoding: q, out [B·Lq, D]; kCache, vCache [B, maxL, D] with the first `keys` rows filled (the new
 * ones included). Causal: query i sees keys up to causalOffset + i; pass null to let every query see every key.
 */
export function attentionCached(
  kernels: Kernels,
  pointers: { q: number; kCache: number; vCache: number; out: number },
  shape: {
    batch: number
    queries: number
    keys: number
    maxLength: number
    heads: number
    dh: number
    causalOffset: number | null
  },
): void {
  const { batch, queries, keys, maxLength, heads, dh, causalOffset } = shape
  const { gemm } = kernels
  const d = heads * dh
  const probs = kernels.alloc(4 * queries * keys)
  try {
    for (let b = 0; b < batch; b++) {
      for (let h = 0; h < heads; h++) {
        const atQuery = 4 * (b * queries * d + h * dh)
        const atKey = 4 * (b * maxLength * d + h * dh)
        const { q, kCache, vCache, out } = pointers
        gemm(false, true, queries, keys, dh, 1, q + atQuery, d, kCache + atKey, d, 0, probs, keys)
        const offset = causalOffset ?? 0
        kernels.attentionSoftmaxForward(
          probs,
          queries,
          keys,
          1 / Math.sqrt(dh),
          causalOffset !== null,
          offset,
        )
        gemm(false, false, queries, dh, keys, 1, probs, keys, vCache + atKey, d, 0, out + atQuery, d)
      }
    }
  } finally {
    kernels.free(probs)
  }
}
