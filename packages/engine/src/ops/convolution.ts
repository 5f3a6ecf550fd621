/** @file The short depthwise convolution of the backbone: what makes small models leave the unigram plateau. */
import * as tf from '@tensorflow/tfjs-core'
import { customOp } from '../autodiff.ts'
import type { ConvTaps } from '../kernels/index.ts'
import { activeKernels } from '../state.ts'
import { allocate, pointer, type Tensor } from '../tensor.ts'
import { cleanOfEach } from './attention.ts'

export type ConvolutionShape = { batch: number; length: number; direction: 'causal' | 'bidirectional' }

/** Offsets of the taps: the W previous positions, or W/2 on each side (the centre is the residual itself). */
export function tapOffsets(taps: number, direction: 'causal' | 'bidirectional'): number[] {
  if (direction === 'causal') return Array.from({ length: taps }, (_, j) => j - taps)
  const left = Math.floor(taps / 2)
  return Array.from({ length: taps }, (_, j) => (j < left ? j - left : j - left + 1))
}

/** The same for our kernels. */
export function convolutionTaps(taps: number, direction: 'causal' | 'bidirectional'): ConvTaps {
  const firstOffset = tapOffsets(taps, direction)[0] ?? 0
  return { taps, firstOffset, skipCentre: direction === 'bidirectional' }
}

/** y_l = x_l + Σ_j w_j ⊙ x_{l+offset_j}, zero beyond the row. x [B·L, D], w [W, D]. */
export function shortConvolution(x: Tensor, w: Tensor, shape: ConvolutionShape): Tensor {
  const { batch, length, direction } = shape
  const [taps, d] = w.shape as [number, number]
  const kernels = activeKernels()
  if (kernels === null) return shiftedSum(x, w, shape, ({ rows }) => rows)
  const reach = convolutionTaps(taps, direction)
  return customOp([x, w], () => {
    const output = allocate(x.shape)
    kernels.shortConvForward(pointer(x), pointer(w), pointer(output), batch, length, d, reach)
    return {
      output,
      save: [x, w],
      backward: (dy, [keptX, keptW]) => {
        const dx = allocate(x.shape)
        const dw = tf.zeros([taps, d])
        kernels.shortConvBackward(
          pointer(dy),
          pointer(keptX),
          pointer(keptW),
          pointer(dx),
          pointer(dw),
          batch,
          length,
          d,
          reach,
        )
        return [dx, dw]
      },
    }
  })
}

/**
 * The bidirectional convolution of block diffusion: a tap reaches the own half inside its block, the clean half left of it,
 * and nothing right of it. x has two halves [B·L, D], `batch` counts the rows of both, as in `attention`. Composed of other
 * ops: where our kernels run, the fused block has its own.
 */
export function blockConvolution(
  x: Tensor,
  w: Tensor,
  { batch, length, blockLength }: { batch: number; length: number; blockLength: number },
): Tensor {
  const clean = tf.reshape(cleanOfEach(x), [batch, length, w.shape[1] as number])
  const block = (l: number): number => Math.floor(l / blockLength)
  return shiftedSum(x, w, { batch, length, direction: 'bidirectional' }, ({ rows, offset, size, first }) => {
    const inside = Array.from({ length: size }, (_, i) =>
      block(first + i) === block(first + i - offset) ? 1 : 0,
    )
    const own = tf.tensor(inside, [1, size, 1])
    if (offset > 0) return tf.mul(rows, own)
    const past = tf.slice(clean, [0, first, 0], [batch, size, w.shape[1] as number])
    return tf.add(tf.mul(rows, own), tf.mul(past, tf.sub(1, own)))
  })
}

/** What a tap reads: rows x [B, size, D] from position `first` on, which lie at `offset` from the ones that they add to. */
type Source = {
  readonly rows: Tensor
  readonly offset: number
  readonly size: number
  readonly first: number
}

function shiftedSum(
  x: Tensor,
  w: Tensor,
  { batch, length, direction }: ConvolutionShape,
  read: (source: Source) => Tensor,
): Tensor {
  const [taps, d] = w.shape as [number, number]
  const x3 = tf.reshape(x, [batch, length, d])
  let y: Tensor = x3
  tapOffsets(taps, direction).forEach((offset, j) => {
    const size = length - Math.abs(offset)
    if (size <= 0) return
    const first = Math.max(0, offset)
    const source = read({ rows: tf.slice(x3, [0, first, 0], [batch, size, d]), offset, size, first })
    const shifted = tf.pad(source, [
      [0, 0],
      [Math.max(0, -offset), Math.max(0, offset)],
      [0, 0],
    ])
    y = tf.add(y, tf.mul(shifted, tf.reshape(tf.slice(w, [j, 0], [1, d]), [1, 1, d])))
  })
  return tf.reshape(y, x.shape)
}
