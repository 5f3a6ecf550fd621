/** @file Functions of the noise level as tensors. */
import { mul, type Tensor, tensor, tiedLinear } from '@trivium/engine'
import { priorScale } from './process.ts'

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

/** (α/σ²)·z·cᵀ [N, V]: log p(z | c) of unit vectors c [V, d], up to a constant, for each noisy state z [N, d]. */
export const logLikelihoods = (c: Tensor, z: Tensor, gamma: Float32Array): Tensor =>
  tiedLinear(mul(z, columns(gamma, c.shape[1] as number, priorScale)), c)
