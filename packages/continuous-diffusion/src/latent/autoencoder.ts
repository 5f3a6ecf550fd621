/**
 * @file The sequence autoencoder: r neighbouring tokens ↔ one latent of norm √d_z, the sum of a code for each of them; the
 * decoder takes codes apart again and knows what goes together. Each latent depends on its own tokens alone, so given tokens
 * that fill a latent fix it exactly, whatever is still to be written beside them. Codes add up because the mean of latents
 * is then the latent of means: what a network says of the tokens gives the x̂ that the process wants.
 */
import {
  add,
  concat,
  embedding,
  intTensor,
  linear,
  mul,
  type ParamTree,
  reshape,
  rmsNorm,
  rsqrt,
  scalar,
  scale,
  silu,
  slice,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  zeros,
} from '@trivium/engine'
import type { Rng } from '@trivium/random'
import type { LatentOptions } from '@trivium/schema'
import { normalTensor } from '@trivium/transformer'
import { logLikelihoods } from '../gaussian/columns.ts'
import { alphaOf } from '../gaussian/process.ts'

export type AutoencoderParams = {
  /** c_j by place and token, V behind the end of a text; a latent sees its rows normalised. */
  readonly code: Tensor // [r·(V + 1), d_z]
  /** What one hidden layer knows of a latent's tokens beside their codes. */
  readonly decoder: {
    readonly hidden: Tensor // [d_z, H]
    readonly hiddenBias: Tensor // [H]
    readonly output: Tensor // [H, r·V]
    readonly outputBias: Tensor // [r·V]
  } & ParamTree
} & ParamTree

export function initAutoencoder(
  { rate, dim, hidden }: LatentOptions,
  textSize: number,
  rng: Rng,
): AutoencoderParams {
  return {
    code: initCode(rate, textSize + 1, dim, rng.fork('code')),
    decoder: {
      hidden: normalTensor(rng.fork('hidden'), [dim, hidden], 1 / Math.sqrt(dim)),
      hiddenBias: zeros([hidden]),
      output: zeros([hidden, rate * textSize]),
      outputBias: zeros([rate * textSize]),
    },
  } as AutoencoderParams
}

/** Each place begins with coordinates of its own, so that what one token says is not in another's way. */
function initCode(rate: number, tokens: number, dim: number, rng: Rng): Tensor {
  const values = rng.normals(rate * tokens * dim)
  const own = (place: number, k: number): boolean => Math.floor((k * rate) / dim) === place
  return tensor(
    Float32Array.from(values, (x, i) => (own(Math.floor(i / (tokens * dim)), i % dim) ? x : 0)),
    [rate * tokens, dim],
  )
}

/** c_j with ‖c_j‖² = d/r: r of them that are orthogonal have a sum of norm √d. [r·(V + 1), d] */
function unitCode({ code }: AutoencoderParams, rate: number): Tensor {
  const [, dim] = code.shape as [number, number]
  return rmsNorm(code, tensor(new Float32Array(dim).fill(1 / Math.sqrt(rate)), [dim]))
}

/** Tokens [B·N·r], V behind the end → latents [B·N, d_z] of norm √d_z: one variance at every noise level. */
export function encode(params: AutoencoderParams, tokens: Int32Array, rate: number): Tensor {
  const [rows, dim] = params.code.shape as [number, number]
  const ids = tokens.map((token, i) => (i % rate) * (rows / rate) + token)
  const parts = embedding(unitCode(params, rate), intTensor(ids, [ids.length])) // [B·N·r, d]
  const y = sum(reshape(parts, [tokens.length / rate, rate, dim]), 1)
  return rmsNorm(y, tensor(new Float32Array(dim).fill(1), [dim]))
}

/**
 * The posterior mean of latents [B·N, d_z] from p of each token [B·N·r, V]. A latent is y·√(d/‖y‖²) with
 * y = Σ_j c_j; its mean is taken as ȳ·√(d/E‖y‖²), where E‖y‖² = ‖ȳ‖² + Σ_j (d/r − ‖c̄_j‖²) for tokens that are independent
 * given z: exact where they are certain.
 * @param known [B·N·r]: a token, V behind the end, V + 1 where it is not known
 */
export function posteriorMean(params: AutoencoderParams, p: Tensor, known: Int32Array, rate: number): Tensor {
  const [rows, dim] = params.code.shape as [number, number]
  const tokens = rows / rate
  const states = known.length / rate
  const code = unitCode(params, rate)
  const each = reshape(withKnown(p, known), [states, rows])
  const y = linear(each, code) // ȳ [B·N, d]
  let spread = zeros([states, 1])
  for (let j = 0; j < rate; j++) {
    const own = slice(each, [0, j * tokens], [states, tokens])
    const centre = linear(own, slice(code, [j * tokens, 0], [tokens, dim])) // c̄_j [B·N, d]
    spread = add(spread, sub(scalar(dim / rate), sum(square(centre), 1, true)))
  }
  const size = add(sum(square(y), 1, true), spread) // E‖y‖² [B·N, 1]
  return mul(y, scale(rsqrt(size), Math.sqrt(dim)))
}

/** p [B·N·r, V] over tokens and the end [B·N·r, V + 1], certain where they are known. */
function withKnown(p: Tensor, known: Int32Array): Tensor {
  const [n, textSize] = p.shape as [number, number]
  const said = concat([p, zeros([n, 1])], 1)
  if (known.every((token) => token > textSize)) return said
  const open = Float32Array.from(known, (token) => (token > textSize ? 1 : 0))
  const exact = new Float32Array(n * (textSize + 1))
  known.forEach((token, i) => {
    if (token <= textSize) exact[i * (textSize + 1) + token] = 1
  })
  return add(mul(said, tensor(open, [n, 1])), tensor(exact, [n, textSize + 1]))
}

/**
 * Noisy latents z [B·N, d_z] → logits [B·N·r, V] of their own tokens, from nothing else: (α/σ²)·z·c_j, which is exact for
 * orthogonal codes of independent tokens (the output prior of embeddings), and what the hidden layer adds.
 */
export function decode(params: AutoencoderParams, z: Tensor, gamma: Float32Array, rate: number): Tensor {
  const { decoder } = params
  const states = z.shape[0]
  const tokens = (params.code.shape[0] as number) / rate
  const likelihoods = logLikelihoods(unitCode(params, rate), z, gamma)
  const ofText = slice(reshape(likelihoods, [states * rate, tokens]), [0, 0], [states * rate, tokens - 1])
  const rest = linear(silu(linear(z, decoder.hidden, decoder.hiddenBias)), decoder.output, decoder.outputBias)
  return add(ofText, reshape(rest, [states * rate, tokens - 1]))
}

/** Clean latents [B·N, d_z] → logits [B·N·r, V], as they are read off at gammaMin. */
export function decodeClean(
  params: AutoencoderParams,
  latents: Tensor,
  gammaMin: number,
  rate: number,
): Tensor {
  const gamma = new Float32Array(latents.shape[0]).fill(gammaMin)
  return decode(params, scale(latents, alphaOf(gammaMin)), gamma, rate)
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
