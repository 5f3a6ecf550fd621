/** @file Latents as a state space: N = ⌈L/r⌉ states of norm √d_z, text by the autoencoder's decoder. */
import { dispose, read, type Tensor, tensor, tidy } from '@trivium/engine'
import type { BackboneConfig, LatentOptions } from '@trivium/schema'
import { readText } from '../gaussian/reading.ts'
import type { StateSpace } from '../gaussian/space.ts'
import { decode, encode, fixedLatents, knownTokens, padded } from './autoencoder.ts'
import { forward, type LatentParams } from './network.ts'

export type LatentModel = {
  readonly params: LatentParams
  readonly backbone: BackboneConfig
  readonly latent: LatentOptions
  readonly textSize: number
  readonly selfConditioned: boolean
}

export function latentSpace({
  params,
  backbone,
  latent,
  textSize,
  selfConditioned,
}: LatentModel): StateSpace {
  const { dim, rate } = latent
  return {
    dim,
    textSize,
    squaredNorm: dim,
    selfConditioned,
    decodes: true,
    states: (length) => Math.ceil(length / rate),
    async encode(rows) {
      const tokens = padded(
        rows.map((row) => row.tokens),
        rate,
        textSize,
      )
      const clean = await valuesOf(() => encode(params.autoencoder, tokens))
      return {
        clean,
        fixed: fixedLatents(
          rows.map(({ given }) => given),
          rate,
        ),
      }
    },
    async pass({ rows, z, gamma, selfCondition }) {
      const length = rows[0].tokens.length
      const shape = [gamma.length, dim]
      const mean = await valuesOf(() =>
        forward(params, params.autoencoder, backbone, {
          batch: rows.length,
          states: gamma.length / rows.length,
          z: tensor(z, shape),
          gamma,
          known: knownTokens(rows, rate, textSize),
          selfCondition: selfCondition === null ? null : tensor(selfCondition, shape),
        }),
      )
      const read = async () => {
        const whole = await valuesOf(() => decode(params.autoencoder, tensor(mean, shape), rate))
        return readText(cut(whole, rows.length, length * textSize), textSize)
      }
      return { mean, read }
    },
  }
}

/** The first `size` values of each row. */
function cut(values: Float32Array, batch: number, size: number): Float32Array {
  const whole = values.length / batch
  if (whole === size) return values
  const out = new Float32Array(batch * size)
  for (let b = 0; b < batch; b++) out.set(values.subarray(b * whole, b * whole + size), b * size)
  return out
}

async function valuesOf(f: () => Tensor): Promise<Float32Array> {
  const x = tidy(f)
  const values = Float32Array.from(await read(x))
  dispose(x)
  return values
}
