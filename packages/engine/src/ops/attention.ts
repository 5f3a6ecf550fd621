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
  /**
   * Block diffusion instead: the first half of the batch is noisy, row b + B/2 is the clean text of row b. A query sees its
   * own block of so many positions in its own half, and earlier blocks in the clean one.
   */
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
  const scored = (keys: Tensor): Tensor =>
    tf.mul(tf.matMul(split(q), split(keys), false, true), 1 / Math.sqrt(dh))
  const joined = (mixed: Tensor): Tensor =>
    tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [batch * length, width])
  if (blockLength === undefined) {
    const scores = causal ? tf.add(scored(k), causalBias(length)) : scored(k)
    return joined(tf.matMul(tf.softmax(scores), split(v)))
  }
  // Both halves are scored whole: what a query sees of its own, and what of the clean one.
  const own = blockMask(length, blockLength, (query, key) => query === key)
  const earlier = blockMask(length, blockLength, (query, key) => key < query)
  const hidden = tf.mul(tf.sub(tf.add(own, earlier), 1), 1e9)
  const scores = tf.add(tf.mul(scored(k), own), tf.mul(scored(cleanOfEach(k)), earlier))
  const probs = tf.softmax(tf.add(scores, hidden))
  return joined(
    tf.add(tf.matMul(tf.mul(probs, own), split(v)), tf.matMul(tf.mul(probs, earlier), split(cleanOfEach(v)))),
  )
}

/** The clean half in the place of both: [2·N, D] → [2·N, D]. */
export function cleanOfEach(x: Tensor): Tensor {
  const [rows, width] = x.shape as [number, number]
  const clean = tf.slice(x, [rows / 2, 0], [rows / 2, width])
  return tf.concat([clean, clean], 0)
}

/** 1 where the blocks of query and key are in this relation, 0 elsewhere [L, L]. */
function blockMask(
  length: number,
  blockLength: number,
  sees: (queryBlock: number, keyBlock: number) => boolean,
): Tensor {
  const block = (l: number): number => Math.floor(l / blockLength)
  const mask = Float32Array.from({ length: length * length }, (_, n) =>
    sees(block(Math.floor(n / length)), block(n % length)) ? 1 : 0,
  )
  return tf.tensor2d(mask, [length, length])
}

/** 0 where query i may look, −1e9 elsewhere [L, L]. */
function causalBias(length: number): Tensor {
  const bias = new Float32Array(length * length)
  for (let i = 0; i < length; i++) bias.fill(-1e9, i * length + i + 1, (i + 1) * length)
  return tf.tensor2d(bias, [length, length])
}
