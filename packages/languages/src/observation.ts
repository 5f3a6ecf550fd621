/** @file What a visible token says of the one that was meant, when it may be wrong. */
import { InputError } from '@trivium/schema'

/**
 * p(shown | meant) at every position, row-major [L, V]: 1 everywhere where nothing is shown (-1), else 1 − noise for the
 * token itself and noise/(V−1) for each other.
 * @throws InputError unless noise is in [0, 1)
 */
export function observationLikelihood(canvas: Int32Array, V: number, noise: number): Float64Array {
  if (!(noise >= 0 && noise < 1)) throw new InputError(`noise ${noise} is outside [0, 1)`)
  const out = new Float64Array(canvas.length * V)
  const other = V > 1 ? noise / (V - 1) : 0
  canvas.forEach((token, i) => {
    out.fill(token < 0 ? 1 : other, i * V, (i + 1) * V)
    if (token >= 0) out[i * V + token] = 1 - noise
  })
  return out
}
