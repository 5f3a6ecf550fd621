/**
 * @file A KV cache composed of ops, for the engines without kernels of ours: writing spans, reading windows, attention.
 * Spans of different lengths are padded to one shape; what is padding is computed and left out.
 */
import * as tf from '@tensorflow/tfjs-core'
import type { CacheSpan } from '../kernels/index.ts'
import type { Tensor } from '../tensor.ts'
import { gatherRows } from './elementwise.ts'

/** The cache [B, M, D] with the rows [N, D] of the spans at `offset` + position, as a new tensor. */
export function cacheWrite(cache: Tensor, rows: Tensor, spans: readonly CacheSpan[], offset = 0): Tensor {
  const [batch, size, width] = cache.shape as [number, number, number]
  const from = Int32Array.from({ length: batch * size }, (_, i) => i)
  let next = batch * size
  for (const { row, position, length } of spans)
    for (let i = 0; i < length; i++) from[row * size + offset + position + i] = next++
  return tf.tidy(() => {
    const all = tf.concat([tf.reshape(cache, [batch * size, width]), rows], 0)
    return tf.reshape(gatherRows(all, from), [batch, size, width])
  })
}

/** `size` rows of each span's cache row, from its position on [S·size, D]; zeros behind the first `filled` of them. */
export function cacheWindows(
  cache: Tensor,
  spans: readonly CacheSpan[],
  size: number,
  filled: (span: CacheSpan) => number,
): Tensor {
  const [batch, rows, width] = cache.shape as [number, number, number]
  const zero = batch * rows
  const from = spans.flatMap((span) =>
    Array.from({ length: size }, (_, i) => (i < filled(span) ? span.row * rows + span.position + i : zero)),
  )
  return tf.tidy(() =>
    gatherRows(tf.concat([tf.reshape(cache, [zero, width]), tf.zeros([1, width])], 0), from),
  )
}

export type CachedAttentionShape = {
  readonly spans: readonly CacheSpan[]
  readonly heads: number
  /** false: the positions of a span see one another, as in a block. */
  readonly causal: boolean
}

/** Attention of the spans' queries q [N, H·dh] over a cache [B, M, H·dh] that holds their keys and values. Forward only. */
export function cachedAttention(
  q: Tensor,
  kCache: Tensor,
  vCache: Tensor,
  { spans, heads, causal }: CachedAttentionShape,
): Tensor {
  const width = q.shape[1] as number
  const dh = width / heads
  const queries = Math.max(...spans.map(({ length }) => length))
  const keys = Math.max(...spans.map(({ position, length, seen = position + length }) => seen))
  return tf.tidy(() => {
    const split = (x: Tensor, length: number): Tensor =>
      tf.transpose(tf.reshape(x, [spans.length, length, heads, dh]), [0, 2, 1, 3])
    const held = (cache: Tensor): Tensor =>
      split(tf.slice(rowsOf(cache, spans), [0, 0, 0], [-1, keys, -1]), keys)
    const scores = tf.mul(
      tf.matMul(split(padded(q, spans, queries), queries), held(kCache), false, true),
      1 / Math.sqrt(dh),
    )
    const probs = tf.softmax(tf.add(scores, hiddenKeys(spans, queries, keys, causal)))
    const mixed = tf.transpose(tf.matMul(probs, held(vCache)), [0, 2, 1, 3])
    return unpadded(tf.reshape(mixed, [spans.length * queries, width]), spans, queries)
  })
}

const isUniform = (spans: readonly CacheSpan[], length: number): boolean =>
  spans.every((span) => span.length === length)

/** [N, D] → [S·length, D]; the padding repeats a row. */
function padded(x: Tensor, spans: readonly CacheSpan[], length: number): Tensor {
  if (isUniform(spans, length)) return x
  let start = 0
  const from = spans.flatMap((span) => {
    const rows = Array.from({ length }, (_, i) => start + Math.min(i, span.length - 1))
    start += span.length
    return rows
  })
  return gatherRows(x, from)
}

/** [S·length, D] → [N, D] */
function unpadded(x: Tensor, spans: readonly CacheSpan[], length: number): Tensor {
  if (isUniform(spans, length)) return x
  return gatherRows(
    x,
    spans.flatMap((span, s) => Array.from({ length: span.length }, (_, i) => s * length + i)),
  )
}

/** The cache rows of the spans, in their order. */
function rowsOf(cache: Tensor, spans: readonly CacheSpan[]): Tensor {
  const whole = spans.length === cache.shape[0] && spans.every(({ row }, s) => row === s)
  return whole
    ? cache
    : gatherRows(
        cache,
        spans.map(({ row }) => row),
      )
}

/** −1e9 where a query does not see a key, 0 elsewhere [S, 1, queries, keys]. */
function hiddenKeys(spans: readonly CacheSpan[], queries: number, keys: number, causal: boolean): Tensor {
  const bias = new Float32Array(spans.length * queries * keys)
  spans.forEach(({ position, length, seen: all = position + length }, s) => {
    for (let i = 0; i < queries; i++) {
      const seen = causal ? position + Math.min(i + 1, length) : all
      const row = (s * queries + i) * keys
      bias.fill(-1e9, row + seen, row + keys)
    }
  })
  return tf.tensor4d(bias, [spans.length, 1, queries, keys])
}
