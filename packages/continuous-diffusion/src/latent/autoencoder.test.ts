/** The autoencoder's maths against enumeration: two tokens a latent, all pairs of them. */
import { read, softmax, tensor } from '@trivium/engine'
import { startEngine } from '@trivium/engine/node'
import { createRng } from '@trivium/random'
import type { LatentOptions } from '@trivium/schema'
import { beforeAll, describe, expect, it } from 'vitest'
import { alphaOf, sigmaOf } from '../gaussian/process.ts'
import { decode, decodeClean, encode, initAutoencoder, posteriorMean } from './autoencoder.ts'

const V = 3
const options: LatentOptions = { rate: 2, dim: 8, hidden: 4, share: 0.2, reconstruction: 0.995 }
const pairs = Array.from({ length: V * V }, (_, i) => [Math.floor(i / V), i % V])
const unknown = (states: number) => new Int32Array(2 * states).fill(V + 1)
const fresh = () => initAutoencoder(options, V, createRng(3))

beforeAll(async () => {
  await startEngine('wasm', { blas: 'off' })
})

describe('a new autoencoder', () => {
  it('puts all texts on one sphere and reads them off again', async () => {
    const params = fresh()
    const latents = encode(params, Int32Array.from(pairs.flat()), 2)
    const values = await read(latents)
    for (let n = 0; n < pairs.length; n++)
      expect(Math.hypot(...values.subarray(8 * n, 8 * n + 8))).toBeCloseTo(Math.sqrt(8), 5)
    const logits = await read(decodeClean(params, latents, -3, 2))
    pairs.flat().forEach((token, i) => {
      const at = Array.from(logits.subarray(V * i, V * i + V))
      expect(at.indexOf(Math.max(...at))).toBe(token)
    })
  })

  it('decodes a noisy latent into the exact posterior of its tokens, where all are as likely', async () => {
    const params = fresh()
    const latents = await read(encode(params, Int32Array.from(pairs.flat()), 2))
    const gammas = [-2, 0, 1.5, 4]
    const z = Float32Array.from(
      gammas.flatMap((gamma, n) =>
        Array.from(
          createRng(n).normals(8),
          (x, k) => alphaOf(gamma) * latents[8 * n + k] + sigmaOf(gamma) * x,
        ),
      ),
    )
    const logits = await read(decode(params, tensor(z, [4, 8]), Float32Array.from(gammas), 2))
    gammas.forEach((gamma, n) => {
      const density = pairs.map((_, i) => {
        let square = 0
        for (let k = 0; k < 8; k++) square += (z[8 * n + k] - alphaOf(gamma) * latents[8 * i + k]) ** 2
        return Math.exp(-square / (2 * sigmaOf(gamma) ** 2))
      })
      const total = density.reduce((a, b) => a + b, 0)
      for (let j = 0; j < 2; j++) {
        const at = Array.from(logits.subarray(V * (2 * n + j), V * (2 * n + j + 1)), Math.exp)
        const sum = at.reduce((a, b) => a + b, 0)
        for (let v = 0; v < V; v++) {
          const exact = density.reduce((p, d, i) => p + (pairs[i][j] === v ? d / total : 0), 0)
          expect(at[v] / sum).toBeCloseTo(exact, 4)
        }
      }
    })
  })
})

describe('what the decoder reads', () => {
  it('with a known token beside it has the exact posterior mean of the latent: a first estimate', async () => {
    const params = fresh()
    const latents = await read(encode(params, Int32Array.from(pairs.flat()), 2))
    const gammas = [-1, 1, 3]
    const z = Float32Array.from(createRng(9).normals(24))
    const decoded = decode(params, tensor(z, [3, 8]), Float32Array.from(gammas), 2)
    const known = Int32Array.of(2, V + 1, V + 1, 0, 1, V + 1)
    const mean = await read(posteriorMean(params, softmax(decoded), known, 2))
    gammas.forEach((gamma, n) => {
      const fits = pairs.map((pair) =>
        pair.every((token, j) => known[2 * n + j] > V || known[2 * n + j] === token),
      )
      const density = pairs.map((_, i) => {
        let square = 0
        for (let k = 0; k < 8; k++) square += (z[8 * n + k] - alphaOf(gamma) * latents[8 * i + k]) ** 2
        return fits[i] ? Math.exp(-square / (2 * sigmaOf(gamma) ** 2)) : 0
      })
      const total = density.reduce((a, b) => a + b, 0)
      for (let k = 0; k < 8; k++)
        expect(mean[8 * n + k]).toBeCloseTo(
          density.reduce((sum, d, i) => sum + (d / total) * latents[8 * i + k], 0),
          4,
        )
    })
  })
})

describe('posteriorMean', () => {
  const p = Float32Array.of(0.7, 0.2, 0.1, 0.25, 0.25, 0.5)

  it('of independent tokens is the mean over all texts', async () => {
    const params = fresh()
    const latents = await read(encode(params, Int32Array.from(pairs.flat()), 2))
    const mean = await read(posteriorMean(params, tensor(p, [2, V]), unknown(1), 2))
    for (let k = 0; k < 8; k++)
      expect(mean[k]).toBeCloseTo(
        pairs.reduce((sum, [a, b], i) => sum + p[a] * p[V + b] * latents[8 * i + k], 0),
        5,
      )
  })

  it('is the latent of the text where that is certain or known, whatever the codes are', async () => {
    const params = fresh()
    // Codes that are in one another's way.
    const code = tensor(Float32Array.from(createRng(5).normals(2 * (V + 1) * 8)), [2 * (V + 1), 8])
    const learnt = { ...params, code }
    const [wanted, of] = [Int32Array.of(2, 1, 0, V), Float32Array.of(0, 0, 1, 0, 1, 0)]
    const latents = Array.from(await read(encode(learnt, wanted, 2)))
    const certain = await read(posteriorMean(learnt, tensor(of, [2, V]), unknown(1), 2))
    Array.from(certain).forEach((x, k) => expect(x).toBeCloseTo(latents[k], 5))
    const known = Int32Array.of(2, 1, 0, V)
    const given = await read(posteriorMean(learnt, tensor([...p, ...p], [4, V]), known, 2))
    Array.from(given).forEach((x, k) => expect(x).toBeCloseTo(latents[k], 5))
    // Half known: shorter than a latent, and on the side of the known token's code.
    const half = await read(posteriorMean(learnt, tensor(p, [2, V]), Int32Array.of(2, V + 1), 2))
    expect(Math.hypot(...half)).toBeLessThan(Math.sqrt(8) - 0.1)
  })
})
