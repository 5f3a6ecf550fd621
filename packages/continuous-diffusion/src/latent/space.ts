/** @file Latents as a state space: N = ⌈L/r⌉ states of norm √d_z, text by the autoencoder's decoder. */
import { dispose, read, type Tensor, tensor, tidy } from '@trivium/engine'
import { isPlain, tokenMasses } from '@trivium/language-model'
import type { BackboneConfig, LatentOptions } from '@trivium/schema'
import { readText } from '../gaussian/reading.ts'
import type { PassOptions, StateSpace } from '../gaussian/space.ts'
import { decodeClean, encode, fixedLatents, knownTokens, padded, posteriorMean } from './autoencoder.ts'
import { forward, type LatentOutput, type LatentParams } from './network.ts'

export type LatentModel = {
  readonly params: LatentParams
  readonly backbone: BackboneConfig
  readonly latent: LatentOptions
  readonly textSize: number
  readonly gammaMin: number
  readonly selfConditioned: boolean
}

export function latentSpace({
  params,
  backbone,
  latent,
  textSize,
  gammaMin,
  selfConditioned,
}: LatentModel): StateSpace {
  const { dim, rate } = latent

  /** x̂ under options of the draw. */
  function shapedMean(
    logits: Float32Array,
    known: Int32Array,
    length: number,
    options: PassOptions,
  ): Promise<Float32Array> {
    const p = new Float32Array(logits.length)
    const masses = new Float64Array(textSize)
    const perRow = Math.ceil(length / rate) * rate
    for (let i = 0; i < known.length; i++) {
      const written =
        options.repetitionPenalty === undefined
          ? undefined
          : options.written?.(Math.floor(i / perRow), i % perRow)
      const { total } = tokenMasses(
        logits.subarray(i * textSize, (i + 1) * textSize),
        options,
        masses,
        written,
      )
      for (let v = 0; v < textSize; v++) p[i * textSize + v] = masses[v] / total
    }
    return valuesOf(() => posteriorMean(params.autoencoder, tensor(p, [known.length, textSize]), known, rate))
  }

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
      const clean = await valuesOf(() => encode(params.autoencoder, tokens, rate))
      return {
        clean,
        fixed: fixedLatents(
          rows.map(({ given }) => given),
          rate,
        ),
      }
    },
    async pass({ rows, z, gamma, selfCondition }, options = { temperature: 1 }) {
      const length = rows[0].tokens.length
      const shape = [gamma.length, dim]
      const known = knownTokens(rows, rate, textSize)
      const input = {
        batch: rows.length,
        states: gamma.length / rows.length,
        gamma,
        known,
        priorStrength: 1,
      }
      const output = (): LatentOutput =>
        forward(params, params.autoencoder, backbone, {
          ...input,
          z: tensor(z, shape),
          selfCondition: selfCondition === null ? null : tensor(selfCondition, shape),
        })
      const mean = isPlain(options)
        ? await valuesOf(() => output().mean)
        : await shapedMean(await valuesOf(() => output().logits), known, length, options)
      const read = async () => {
        const whole = await valuesOf(() =>
          decodeClean(params.autoencoder, tensor(mean, shape), gammaMin, rate),
        )
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
