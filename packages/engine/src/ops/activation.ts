/** @file MLP non-linearities. */
import * as tf from '@tensorflow/tfjs-core'
import { customOp } from '../autodiff.ts'
import { activeKernels } from '../state.ts'
import { allocate, pointer, type Tensor } from '../tensor.ts'

/** SwiGLU's gate (Shazeer 2020, 2002.05202): silu(gate) ⊙ up, both [N, F]. */
export function swiglu(gate: Tensor, up: Tensor): Tensor {
  const kernels = activeKernels()
  if (kernels === null) return tf.mul(tf.mul(gate, tf.sigmoid(gate)), up)
  return customOp([gate, up], () => {
    const output = allocate(gate.shape)
    kernels.swigluForward(pointer(gate), pointer(up), pointer(output), gate.size)
    return {
      output,
      save: [gate, up],
      backward: (dy, [keptGate, keptUp]) => {
        const dGate = allocate(gate.shape)
        const dUp = allocate(gate.shape)
        kernels.swigluBackward(
          pointer(dy),
          pointer(keptGate),
          pointer(keptUp),
          pointer(dGate),
          pointer(dUp),
          dy.size,
        )
        return [dGate, dUp]
      },
    }
  })
}

/** relu(x)² (So et al. 2021, 2109.08668). */
export function relu2(x: Tensor): Tensor {
  const kernels = activeKernels()
  if (kernels === null) return tf.square(tf.relu(x))
  return customOp([x], () => {
    const output = allocate(x.shape)
    kernels.relu2Forward(pointer(x), pointer(output), x.size)
    return {
      output,
      save: [x],
      backward: (dy, [keptX]) => {
        const dx = allocate(dy.shape)
        kernels.relu2Backward(pointer(dy), pointer(keptX), pointer(dx), dy.size)
        return [dx]
      },
    }
  })
}
