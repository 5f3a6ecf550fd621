/** @file The short depthwise convolution of the backbone: what makes small models leave the unigram plateau. */
import * as tf from '@tensorflow/tfjs-core'
import { customOp } from '../autodiff.ts'
import type { ConvTaps } from '../kernels/index.ts'
import { activeKernels } from '../state.ts'
import { allocate, pointer, type Tensor } from '../tensor.ts'

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
  const [taps, d] = w.shape
  const kernels = activeKernels()
  if (kernels === null) return composed(x, w, shape)
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

function composed(x: Tensor, w: Tensor, { batch, length, direction }: ConvolutionShape): Tensor {
  const [taps, d] = w.shape
  const x3 = tf.reshape(x, [batch, length, d])
  let y: Tensor = x3
  tapOffsets(taps, direction).forEach((offset, j) => {
    const size = length - Math.abs(offset)
    if (size <= 0) return
    const window = tf.slice(x3, [0, Math.max(0, offset), 0], [batch, size, d])
    const shifted = tf.pad(window, [
      [0, 0],
      [Math.max(0, -offset), Math.max(0, offset)],
      [0, 0],
    ])
    y = tf.add(y, tf.mul(shifted, tf.reshape(tf.slice(w, [j, 0], [1, d]), [1, 1, d])))
  })
  return tf.reshape(y, x.shape)
}
