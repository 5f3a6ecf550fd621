/** @file Central finite differences against the tape, for every differentiable op. */
import { createRng } from '@trivium/random'
import { expect } from 'vitest'
import { dispose, mul, readScalar, sum, type Tensor, tensor, tidy, valueAndGradients } from '../index.ts'

export function randomTensor(label: string, shape: readonly number[], spread = 1): Tensor {
  const values = Float32Array.from(
    createRng(11)
      .fork(label)
      .normals(shape.reduce((a, b) => a * b, 1)),
    (z) => z * spread,
  )
  return tensor(values, shape)
}

/**
 * Checks ∂/∂inputs of Σ output ⊙ (fixed random weights). float32 differences with step h carry an error of about
 * 1e-7·|f|/h + h²: h = 1e-2 and a tolerance of 1e-2 on the gradient's own scale leave a factor of ten.
 */
export async function checkGradients(
  op: (...inputs: Tensor[]) => Tensor,
  inputs: Tensor[],
  tolerance = 1e-2,
): Promise<void> {
  const probe = tidy(() => op(...inputs))
  const weights = randomTensor('weights', probe.shape.length === 0 ? [1] : probe.shape)
  dispose(probe)
  const f = (...xs: Tensor[]): Tensor => tidy(() => sum(mul(op(...xs), weights)))
  const { value, gradients } = valueAndGradients(() => f(...inputs), inputs)
  dispose(value)
  const h = 1e-2
  for (const [which, input] of inputs.entries()) {
    const values = (await input.data()) as Float32Array
    const analytic = (await gradients[which].data()) as Float32Array
    const numeric = new Float32Array(values.length)
    for (let i = 0; i < values.length; i++) {
      const at = async (shift: number): Promise<number> => {
        const moved = values.slice()
        moved[i] += shift
        const x = tensor(moved, input.shape)
        const y = f(...inputs.map((other, j) => (j === which ? x : other)))
        const result = await readScalar(y)
        dispose([x, y])
        return result
      }
      numeric[i] = ((await at(h)) - (await at(-h))) / (2 * h)
    }
    const size = Math.max(1, ...Array.from(numeric, Math.abs))
    const worst = Math.max(...Array.from(analytic, (a, i) => Math.abs(a - numeric[i])))
    expect(worst / size, `gradient of input ${which}`).toBeLessThan(tolerance)
    expect(
      Math.max(...Array.from(analytic, Math.abs)),
      `gradient of input ${which} is not all zero`,
    ).toBeGreaterThan(0)
  }
  dispose(gradients)
  dispose(weights)
}
