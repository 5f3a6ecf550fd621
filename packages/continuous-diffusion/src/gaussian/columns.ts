/** @file Functions of the noise level as tensors. */
import { concat, reshape, slice, type Tensor, tensor } from '@trivium/engine'

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

/** [V, d] → [d, V], differentiable: d is small, so it is put together from columns. */
export function transpose(x: Tensor): Tensor {
  const [rows, dim] = x.shape as [number, number]
  return concat(
    Array.from({ length: dim }, (_, k) => reshape(slice(x, [0, k], [rows, 1]), [1, rows])),
    0,
  )
}
