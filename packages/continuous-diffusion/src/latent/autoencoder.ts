/**
 * @file The sequence autoencoder: r neighbouring tokens ↔ one latent of norm √d_z. Each latent depends on its own tokens
 * alone, so given tokens that fill a latent fix it exactly, whatever is still to be written beside them.
 */
import {
  add,
  embedding,
  intTensor,
  linear,
  type ParamTree,
  reshape,
  rmsNorm,
  silu,
  type Tensor,
  tensor,
  zeros,
} from '@trivium/engine'
import type { Rng } from '@trivium/random'
import type { LatentOptions } from '@trivium/schema'
import { normalTensor } from '@trivium/transformer'

/** Coordinates of a token on its way into a latent. */
const tokenDim = 16

type Layers = {
  readonly direct: Tensor // [in, out]
  readonly hidden: Tensor // [in, H]
  readonly hiddenBias: Tensor // [H]
  readonly output: Tensor // [H, out]
  readonly outputBias: Tensor // [out]
} & ParamTree

export type AutoencoderParams = {
  readonly embedding: Tensor // [V + 1, 16]; the last row stands behind the end of a text
  readonly encoder: Layers // [r·16 → d_z]
  readonly decoder: Layers // [d_z → r·V]
} & ParamTree

export function initAutoencoder(
  { rate, dim, hidden }: LatentOptions,
  textSize: number,
  rng: Rng,
): AutoencoderParams {
  return {
    embedding: normalTensor(rng.fork('embedding'), [textSize + 1, tokenDim], 1),
    encoder: initLayers(rate * tokenDim, hidden, dim, rng.fork('encoder')),
    decoder: initLayers(dim, hidden, rate * textSize, rng.fork('decoder')),
  } as AutoencoderParams
}

function initLayers(from: number, hidden: number, to: number, rng: Rng): Layers {
  return {
    direct: normalTensor(rng.fork('direct'), [from, to], 1 / Math.sqrt(from)),
    hidden: normalTensor(rng.fork('hidden'), [from, hidden], 1 / Math.sqrt(from)),
    hiddenBias: zeros([hidden]),
    output: normalTensor(rng.fork('output'), [hidden, to], 0.1 / Math.sqrt(hidden)),
    outputBias: zeros([to]),
  } as Layers
}

/** A linear map and what one hidden layer adds to it. */
function apply(x: Tensor, { direct, hidden, hiddenBias, output, outputBias }: Layers): Tensor {
  return add(linear(x, direct), linear(silu(linear(x, hidden, hiddenBias)), output, outputBias))
}

/** Tokens [B·N·r], V behind the end → latents [B·N, d_z] of norm √d_z: one variance at every noise level. */
export function encode(params: AutoencoderParams, tokens: Int32Array): Tensor {
  const [from, dim] = params.encoder.direct.shape as [number, number]
  const states = (tokens.length * tokenDim) / from
  const x = reshape(embedding(params.embedding, intTensor(tokens, [tokens.length])), [states, from])
  return rmsNorm(apply(x, params.encoder), tensor(new Float32Array(dim).fill(1), [dim]))
}

/** Latents [B·N, d_z] → logits [B·N·r, V]. */
export function decode(params: AutoencoderParams, latents: Tensor, rate: number): Tensor {
  const logits = apply(latents, params.decoder)
  const [states, width] = logits.shape as [number, number]
  return reshape(logits, [states * rate, width / rate])
}

/**
 * Rows of L tokens as r·N, filled up with V; tokens that are not text count as behind the end, for they are not known yet.
 */
export function padded(rows: readonly Int32Array[], rate: number, textSize: number): Int32Array {
  const length = rows[0].length
  const whole = Math.ceil(length / rate) * rate
  const out = new Int32Array(rows.length * whole).fill(textSize)
  rows.forEach((row, b) => {
    row.forEach((token, l) => {
      if (token < textSize) out[b * whole + l] = token
    })
  })
  return out
}

/** 1 for each latent whose tokens are all given [B·N]; what is behind the end counts as given. `given` [B·L]. */
export function fixedLatents(given: readonly Uint8Array[], rate: number): Uint8Array {
  const length = given[0].length
  const states = Math.ceil(length / rate)
  const out = new Uint8Array(given.length * states)
  given.forEach((flags, b) => {
    for (let n = 0; n < states; n++)
      out[b * states + n] = flags.subarray(n * rate, (n + 1) * rate).every((flag) => flag === 1) ? 1 : 0
  })
  return out
}
