/** @file Scaled dot-product attention over rows [B·L, H·dh]; no transposed copies where our kernels run. */
import * as tf from '@tensorflow/tfjs-core'
import { customOp } from '../autodiff.ts'
import { attentionBackward, attentionForward } from '../kernels/index.ts'
import { activeKernels } from '../state.ts'
import { allocate, pointer, type Tensor } from '../tensor.ts'

export type AttentionShape = {
  batch: number
  length: number
  heads: number
  causal: boolean
  /** Block-causal instead: a query sees its own block of so many positions and all earlier ones. */
  blockLength?: number
}

/** softmax(q·kᵀ/√dh)·v by head. q, k, v [B·L, H·dh] → [B·L, H·dh]. Differentiable in all three. */
export function attention(q: Tensor, k: Tensor, v: Tensor, shape: AttentionShape): Tensor {
  const { batch, length, heads, causal, blockLength } = shape
  const width = q.shape[1] as number
  const kernels = activeKernels()
  if (kernels === null) return composed(q, k, v, shape)
  const dims = { batch, length, heads, dh: width / heads, causal, blockLength }
  return customOp([q, k, v], () => {
    const output = allocate(q.shape)
    const probs = allocate([batch, heads, length, length])
    attentionForward(
      kernels,
      { q: pointer(q), k: pointer(k), v: pointer(v), out: pointer(output), probs: pointer(probs) },
      dims,
    )
    return {
      output,
      save: [q, k, v, probs],
      backward: (dy, [keptQ, keptK, keptV, keptProbs]) => {
        const [dq, dk, dv] = [allocate(q.shape), allocate(q.shape), allocate(q.shape)]
        attentionBackward(
          kernels,
          {
            q: pointer(keptQ),
            k: pointer(keptK),
            v: pointer(keptV),
            probs: pointer(keptProbs),
            dout: pointer(dy),
            dq: pointer(dq),
            dk: pointer(dk),
            dv: pointer(dv),
          },
          dims,
        )
        return [dq, dk, dv]
      },
    }
  })
}

function composed(q: Tensor, k: Tensor, v: Tensor, shape: AttentionShape): Tensor {
  const { batch, length, heads, causal, blockLength } = shape
  const width = q.shape[1] as number
  const dh = width / heads
  const split = (x: Tensor): Tensor => tf.transpose(tf.reshape(x, [batch, length, heads, dh]), [0, 2, 1, 3])
  let scores: Tensor = tf.mul(tf.matMul(split(q), split(k), false, true), 1 / Math.sqrt(dh))
  if (causal || blockLength !== undefined) scores = tf.add(scores, causalBias(length, length, blockLength))
  const mixed = tf.matMul(tf.softmax(scores), split(v))
  return tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [batch * length, width])
}

/** 0 where query i (the last `queries` of `keys` positions) may look, −1e9 elsewhere. [queries, keys]. */
function causalBias(queries: number, keys: number, blockLength = 1): Tensor {
  const bias = new Float32Array(queries * keys)
  for (let i = 0; i < queries; i++) {
    const block = Math.floor((keys - queries + i) / blockLength)
    for (let j = (block + 1) * blockLength; j < keys; j++) bias[i * keys + j] = -1e9
  }
  return tf.tensor2d(bias, [queries, keys])
}

export type CachedAttentionShape = {
  batch: number /** Lq, new rows a batch row */
  queries: number /** position of the first query */
  position: number
  heads: number
}

/**
 * Causal attention of new queries q [B·Lq, H·dh] over a KV cache [B, maxL, H·dh] whose first `position + queries`
 * rows are filled. Forward only; where our kernels run, the fused backbone does this and `cacheWrite`.
 */
export function cachedAttention(
  q: Tensor,
  kCache: Tensor,
  vCache: Tensor,
  shape: CachedAttentionShape,
): Tensor {
  const { batch, queries, position, heads } = shape
  const width = q.shape[1] as number
  const dh = width / heads
  const keys = position + queries
  return tf.tidy(() => {
    const split = (x: Tensor, length: number): Tensor =>
      tf.transpose(tf.reshape(x, [batch, length, heads, dh]), [0, 2, 1, 3])
    const filled = (cache: Tensor): Tensor => split(tf.slice(cache, [0, 0, 0], [batch, keys, width]), keys)
    const scores = tf.mul(tf.matMul(split(q, queries), filled(kCache), false, true), 1 / Math.sqrt(dh))
    const mixed = tf.matMul(tf.softmax(tf.add(scores, causalBias(queries, keys))), filled(vCache))
    return tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [batch * queries, width])
  })
}

/** Rows [B·Lq, D] in a cache [B, maxL, D] at `position`. Consumes `cache`: use the returned tensor. */
export function cacheWrite(cache: Tensor, rows: Tensor, position: number): Tensor {
  const [batch, maxLength, width] = cache.shape as [number, number, number]
  const queries = rows.shape[0] / batch
  const next = tf.tidy(() => {
    const parts = [tf.reshape(rows, [batch, queries, width])]
    if (position > 0) parts.unshift(tf.slice(cache, [0, 0, 0], [batch, position, width]) as tf.Tensor3D)
    const rest = maxLength - position - queries
    if (rest > 0) parts.push(tf.slice(cache, [0, position + queries, 0], [batch, rest, width]) as tf.Tensor3D)
    return tf.concat(parts, 1)
  })
  cache.dispose()
  return next
}
