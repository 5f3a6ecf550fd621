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
  /**
   * Block diffusion, not together with `causal`: the first half of the batch is noisy, and row b + B/2 is the clean text of
   * row b. A query sees its own block of so many positions in its own half, and earlier blocks in the clean one.
   */
  readonly blockLength?: number
}

/** Queries [start, start + rows) of a batch row with the keys [from, from + count) of batch row `row`. */
interface Tile {
  readonly start: number
  readonly rows: number
  readonly row: number
  readonly from: number
  readonly count: number
  /** Products over tiles are sums: whether this tile is the first to write its queries, or its keys when going backwards. */
  readonly first: { readonly ofQueries: boolean; readonly ofKeys: boolean }
}

/** The parts of the score matrix [L, L] of batch row b that are computed; queries ascend. */
function tilesOf({ batch, length, causal, blockLength }: AttentionShape, b: number): Tile[] {
  const tiles: Tile[] = []
  const noisy = blockLength !== undefined && b < batch / 2
  const size = blockLength ?? (causal ? CAUSAL_BLOCK : length)
  for (let start = 0; start < length; start += size) {
    const rows = Math.min(size, length - start)
    const end = start + rows
    if (!noisy) {
      const first = { ofQueries: true, ofKeys: end === length }
      tiles.push({ start, rows, row: b, from: 0, count: end, first })
      continue
    }
    if (start > 0) {
      // Clean rows come after noisy ones, so going backwards they have written these keys already.
      const first = { ofQueries: true, ofKeys: false }
      tiles.push({ start, rows, row: b + batch / 2, from: 0, count: start, first })
    }
    const first = { ofQueries: start === 0, ofKeys: true }
    tiles.push({ start, rows, row: b, from: start, count: rows, first })
  }
  return tiles
}

/** Rows of block attention are whole rows to the softmax: what they may not see gets `value`, which must end as 0. */
function hideLaterKeys(
  kernels: Kernels,
  s: number,
  { length, blockLength }: AttentionShape,
  value: number,
): void {
  if (blockLength === undefined || blockLength >= length) return
  const scores = kernels.floats(s, length * length)
  for (let l = 0; l < length; l++) {
    const keys = (Math.floor(l / blockLength) + 1) * blockLength
    if (keys < length) scores.fill(value, l * length + keys, (l + 1) * length)
  }
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
  const { q, k, v, out } = pointers
  const at = (row: number, l: number, h: number): number => 4 * ((row * length + l) * d + h * dh)
  for (let b = 0; b < batch; b++) {
    const tiles = tilesOf(shape, b)
    for (let h = 0; h < heads; h++) {
      const probs = pointers.probs + (b * heads + h) * stride
      for (const { start, rows, row, from, count } of tiles) {
        const s = probs + 4 * (start * length + from)
        gemm(false, true, rows, count, dh, 1, q + at(b, start, h), d, k + at(row, from, h), d, 0, s, length) // [rows, count]
      }
      hideLaterKeys(kernels, probs, shape, -1e30)
      kernels.attentionSoftmaxForward(probs, length, length, scale, causal, 0)
      for (const { start, rows, row, from, count, first } of tiles) {
        const s = probs + 4 * (start * length + from)
        const beta = first.ofQueries ? 0 : 1
        gemm(
          false,
          false,
          rows,
          dh,
          count,
          1,
          s,
          length,
          v + at(row, from, h),
          d,
          beta,
          out + at(b, start, h),
          d,
        ) // [rows, dh]
      }
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
    for (let b = batch - 1; b >= 0; b--) {
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
  const at = (row: number, l: number): number => 4 * ((row * length + l) * d + h * dh)
  const probs = pointers.probs + 4 * (b * heads + h) * length * length
  const { q, k, v, dout, dq, dk, dv } = pointers
  const tiles = tilesOf(shape, b)
  for (const { start, rows, row, from, count } of tiles) {
    const s = ds + 4 * (start * length + from)
    gemm(false, true, rows, count, dh, 1, dout + at(b, start), d, v + at(row, from), d, 0, s, length)
  }
  hideLaterKeys(kernels, ds, shape, 0)
  kernels.attentionSoftmaxBackward(probs, ds, length, length, 1 / Math.sqrt(dh), causal, 0)
  for (const { start, rows, row, from, count, first } of tiles) {
    const s = ds + 4 * (start * length + from)
    const beta = first.ofQueries ? 0 : 1
    gemm(false, false, rows, dh, count, 1, s, length, k + at(row, from), d, beta, dq + at(b, start), d)
  }
  // From the end, where a tile has all keys: the others add to what it wrote.
  for (const { start, rows, row, from, count, first } of tiles.reverse()) {
    const s = 4 * (start * length + from)
    const beta = first.ofKeys ? 0 : 1
    gemm(true, false, count, dh, rows, 1, ds + s, length, q + at(b, start), d, beta, dk + at(row, from), d)
    gemm(
      true,
      false,
      count,
      dh,
      rows,
      1,
      probs + s,
      length,
      dout + at(b, start),
      d,
      beta,
      dv + at(row, from),
      d,
    )
  }
}

/** New positions of one cache row: `length` of them, from `position` on, seeing what the row holds before. */
export interface CacheSpan {
  readonly row: number
  readonly position: number
  readonly length: number
  /**
   * How many positions of its row the span sees, those behind it as they were read last. Up to its own end when absent. Not for
   * causal attention.
   */
  readonly seen?: number
}

/** Positions behind a span that a convolution of so many taps reaches and that the span sees. */
export function seenBehind({ position, length, seen = position + length }: CacheSpan, taps: number): number {
  return Math.min(seen - position - length, Math.ceil(taps / 2))
}

/**
 * Forward only, for decoding: q, out [N, D] are the rows of all spans; kCache, vCache [B, maxL, D] hold their keys and
 * values already. Causal: a query sees the keys up to its own; else all up to the end of its span.
 */
export function attentionCached(
  kernels: Kernels,
  pointers: { q: number; kCache: number; vCache: number; out: number },
  shape: { spans: readonly CacheSpan[]; maxLength: number; heads: number; dh: number; causal: boolean },
): void {
  const { spans, maxLength, heads, dh, causal } = shape
  const { q, kCache, vCache, out } = pointers
  const { gemm } = kernels
  const d = heads * dh
  const sizes = spans.map(({ position, length, seen = position + length }) => length * seen)
  const probs = kernels.alloc(4 * Math.max(...sizes))
  try {
    let done = 0
    for (const { row, position, length, seen: keys = position + length } of spans) {
      for (let h = 0; h < heads; h++) {
        const atQuery = 4 * (done * d + h * dh)
        const atKey = 4 * (row * maxLength * d + h * dh)
        gemm(false, true, length, keys, dh, 1, q + atQuery, d, kCache + atKey, d, 0, probs, keys)
        kernels.attentionSoftmaxForward(probs, length, keys, 1 / Math.sqrt(dh), causal, causal ? position : 0)
        gemm(false, false, length, dh, keys, 1, probs, keys, vCache + atKey, d, 0, out + atQuery, d)
      }
      done += length
    }
  } finally {
    kernels.free(probs)
  }
}
