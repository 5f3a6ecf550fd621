/** @file Functions of the noise level as tensors. */
import { type Tensor, tensor } from '@trivium/engine'

/** f(γ) repeated over the coordinates: a constant [N, d]. */
export function columns(gamma: Float32Array, dim: number, f: (gamma: number) => number): Tensor {
  const values = new Float32Array(gamma.length * dim)
  let last = Number.NaN
  let value = 0
  gamma.forEach((g, i) => {
    if (g !== last) value = f(g)
    last = g
    values.fill(value, i * dim, (i + 1) * dim)
  })
  return tensor(values, [gamma.length, dim])
}
