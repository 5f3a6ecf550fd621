/** @file Rotary positions (Su et al. 2021, 2104.09864), half-split: the pairs are (i, i + dh/2). */
import * as tf from '@tensorflow/tfjs-core'
import { customOp } from '../autodiff.ts'
import { activeKernels } from '../state.ts'
import { allocate, pointer, type Tensor, tensor } from '../tensor.ts'
import { gatherRows } from './elementwise.ts'

/** cos and sin [L, dh/2] of position × frequency base^(−2i/dh). The caller owns them. */
export type RopeTables = {
  readonly cos: Tensor
  readonly sin: Tensor
  readonly length: number
  readonly headDim: number
}

export function ropeTables(length: number, headDim: number, base: number): RopeTables {
  const half = headDim / 2
  const cos = new Float32Array(length * half)
  const sin = new Float32Array(length * half)
  for (let l = 0; l < length; l++)
    for (let i = 0; i < half; i++) {
      const angle = l * base ** ((-2 * i) / headDim)
      cos[l * half + i] = Math.cos(angle)
      sin[l * half + i] = Math.sin(angle)
    }
  return { cos: tensor(cos, [length, half]), sin: tensor(sin, [length, half]), length, headDim }
}

export type RopeShape = {
  batch: number
  length: number
  heads: number /** position of the first row, for a KV cache */
  offset?: number
}

/** Rotates each head of x [B·L, H·dh] by its position. */
export function rope(x: Tensor, tables: RopeTables, shape: RopeShape): Tensor {
  const offset = shape.offset ?? 0
  if (offset + shape.length > tables.length)
    throw new Error(
      `rope: positions ${offset} … ${offset + shape.length - 1} exceed the table of ${tables.length}`,
    )
  return customOp([x], () => ({
    output: rotate(x, tables, shape, offset, 1),
    save: [],
    backward: (dy) => [rotate(dy, tables, shape, offset, -1)],
  }))
}

/** The same for rows x [N, H·dh] that stand at these positions; composed of ops, forward only. */
export function ropeAt(
  x: Tensor,
  { cos, sin, headDim }: RopeTables,
  positions: readonly number[],
  heads: number,
): Tensor {
  return tf.tidy(() => {
    const table = (t: Tensor): Tensor =>
      tf.reshape(gatherRows(t, positions), [positions.length, 1, headDim / 2])
    return tf.reshape(
      turn(tf.reshape(x, [positions.length, heads, headDim]), table(cos), table(sin)),
      x.shape,
    )
  })
}

/** x [..., dh], its halves turned by the angles of cos and sin [..., dh/2]. */
function turn(x: Tensor, cos: Tensor, sin: Tensor): Tensor {
  const [first, second] = tf.split(x, 2, -1)
  return tf.concat(
    [tf.sub(tf.mul(first, cos), tf.mul(second, sin)), tf.add(tf.mul(first, sin), tf.mul(second, cos))],
    -1,
  )
}

function rotate(x: Tensor, tables: RopeTables, shape: RopeShape, offset: number, direction: 1 | -1): Tensor {
  const { batch, length, heads } = shape
  const { headDim } = tables
  const kernels = activeKernels()
  if (kernels !== null) {
    const out = allocate(x.shape)
    kernels.ropeForward(
      pointer(x),
      pointer(tables.cos),
      pointer(tables.sin),
      pointer(out),
      batch,
      length,
      heads,
      headDim,
      offset,
      direction,
    )
    return out
  }
  return tf.tidy(() => {
    const half = headDim / 2
    const table = (t: Tensor): Tensor =>
      tf.reshape(tf.slice(t, [offset, 0], [length, half]), [1, length, 1, half])
    const x4 = tf.reshape(x, [batch, length, heads, headDim])
    return tf.reshape(turn(x4, table(tables.cos), tf.mul(table(tables.sin), direction)), x.shape)
  })
}
