/**
 * @file The sequence autoencoder: r neighbouring tokens ↔ one latent of norm √d_z. Each latent depends on its own tokens
 * alone, so given tokens that fill a latent fix it exactly, whatever is still to be written beside them.
 */
import {
  add,
  embedding,
  intTensor,
  linear,
  mul,
  type ParamTree,
  reshape,
  rmsNorm,
  silu,
  slice,
  softmax,
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
  return fromVectors(params, embedding(params.embedding, intTensor(tokens, [tokens.length])))
}

/**
 * Logits [B·N·r, V] → latents [B·N, d_z] of what they say: of the mean vector of each token's distribution, and of the token
 * itself where it is known.
 * @param known [B·N·r]: a token, V behind the end, V + 1 where it is not known
 */
export function encodeSoft(params: AutoencoderParams, logits: Tensor, known: Int32Array): Tensor {
  const [n, textSize] = logits.shape as [number, number]
  const table = slice(params.embedding, [0, 0], [textSize, tokenDim])
  const said = linear(softmax(logits), table) // [B·N·r, 16]
  if (known.every((token) => token > textSize)) return fromVectors(params, said)
  const open = new Float32Array(n * tokenDim)
  known.forEach((token, i) => {
    if (token > textSize) open.fill(1, i * tokenDim, (i + 1) * tokenDim)
  })
  const ids = known.map((token) => Math.min(token, textSize))
  const exact = embedding(params.embedding, intTensor(ids, [n]))
  const closed = tensor(
    open.map((x) => 1 - x),
    [n, tokenDim],
  )
  return fromVectors(params, add(mul(said, tensor(open, [n, tokenDim])), mul(exact, closed)))
}

/** Vectors of tokens [B·N·r, 16] → latents [B·N, d_z]. */
function fromVectors(params: AutoencoderParams, vectors: Tensor): Tensor {
  const [from, dim] = params.encoder.direct.shape as [number, number]
  const states = (vectors.shape[0] * tokenDim) / from
  const gain = tensor(new Float32Array(dim).fill(1), [dim])
  return rmsNorm(apply(reshape(vectors, [states, from]), params.encoder), gain)
}

/** Latents [B·N, d_z] → logits [B·N·r, V]. */
export function decode(params: AutoencoderParams, latents: Tensor, rate: number): Tensor {
  const logits = apply(latents, params.decoder)
  const [states, width] = logits.shape as [number, number]
  return reshape(logits, [states * rate, width / rate])
}

/** Rows of L tokens as r·N, filled up with V; what is not text yet counts as V. */
export function padded(rows: readonly Int32Array[], rate: number, textSize: number): Int32Array {
  return filled(rows, rate, textSize, (_, token) => Math.min(token, textSize))
}

/** The given tokens of rows as r·N: V behind the end, V + 1 where a token is not given. `given` [L] of each row. */
export function knownTokens(
  rows: readonly { readonly tokens: Int32Array; readonly given: Uint8Array }[],
  rate: number,
  textSize: number,
): Int32Array {
  const tokens = rows.map((row) => row.tokens)
  return filled(tokens, rate, textSize, (b, token, l) => (rows[b].given[l] === 1 ? token : textSize + 1))
}

function filled(
  rows: readonly Int32Array[],
  rate: number,
  end: number,
  idOf: (row: number, token: number, position: number) => number,
): Int32Array {
  const whole = Math.ceil(rows[0].length / rate) * rate
  const out = new Int32Array(rows.length * whole).fill(end)
  rows.forEach((row, b) => {
    row.forEach((token, l) => {
      out[b * whole + l] = idOf(b, token, l)
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
