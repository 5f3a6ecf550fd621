/** @file Table look-up. */
import * as tf from '@tensorflow/tfjs-core'
import { customOp } from '../autodiff.ts'
import { activeKernels } from '../state.ts'
import { allocate, pointer, type Tensor } from '../tensor.ts'
import { matMul2d } from './linear.ts'

/** Rows of table [V, D] by ids int32 [N] → [N, D]. Differentiable in the table. */
export function embedding(table: Tensor, ids: Tensor): Tensor {
  const [v, d] = table.shape
  const n = ids.size
  return customOp([table], () => ({
    output: lookUp(table, ids),
    save: [ids],
    backward: (dy, [keptIds]) => {
      const kernels = activeKernels()
      if (kernels !== null) {
        const dTable = tf.zeros([v, d])
        kernels.embeddingBackward(pointer(dy), pointer(keptIds), pointer(dTable), n, d, v)
        return [dTable]
      }
      // UnsortedSegmentSum is missing on some backends; a one-hot product is everywhere.
      return [
        tf.tidy(() => matMul2d(tf.cast(tf.oneHot(keptIds as tf.Tensor1D, v), 'float32'), dy, true, false)),
      ]
    },
  }))
}

function lookUp(table: Tensor, ids: Tensor): Tensor {
  const kernels = activeKernels()
  if (kernels === null) return tf.gather(table, ids as tf.Tensor1D, 0)
  const [v, d] = table.shape
  const out = allocate([ids.size, d])
  kernels.embeddingForward(pointer(table), pointer(ids), pointer(out), ids.size, d, v)
  return out
}
