/** @file What a training batch of latents is corrupted with: the embeddings' noise levels, and the tokens that stay known. */
import { add, mul, type Tensor, tensor, tidy } from '@trivium/engine'
import { freeCounts, type LossContext, type TokenBatch } from '@trivium/language-model'
import type { Rng } from '@trivium/random'
import { type Corruption, drawCorruption, drawFree } from '../gaussian/corruption.ts'
import { encode, fixedLatents, knownTokens, padded } from './autoencoder.ts'
import type { LatentLossModel } from './loss.ts'

export type NoisyLatents = {
  /** Over states [B·N]; `pinned` also names rows whose pinned tokens fill no latent. */
  readonly corruption: Corruption
  /** Tokens, V behind the end [B·N·r]. */
  readonly tokens: Int32Array
  /** `knownTokens` [B·N·r]. */
  readonly known: Int32Array
  /** 1: weighs in the loss [B·N·r]; a token of the text that is not given, whether the network knows what is or not. */
  readonly scored: Uint8Array
  /** What the summed nats of each row are divided by [B]: rows weigh alike, and so do the scored tokens of a row. */
  readonly divisor: Float64Array
  readonly clean: Tensor // [B·N, d]
  readonly z: Tensor // [B·N, d]
}

export const rowsOf = <T extends Int32Array | Uint8Array>(x: T, length: number): T[] =>
  Array.from({ length: x.length / length }, (_, b) => x.subarray(b * length, (b + 1) * length) as T)

/** Rows without given positions of their own get some at random. */
export function drawLatents(
  { constants, options, schedule, textSize }: LatentLossModel,
  batch: TokenBatch,
  context: LossContext,
): NoisyLatents {
  const { rate, dim } = options.latent
  const rows = rowsOf(batch.tokens, batch.length)
  const pins = rows.map((_, b) =>
    batch.given === undefined
      ? drawPinned(batch.length, context.rng.fork('pin', context.rowOffset + b), options.pinnedProbability)
      : batch.given.subarray(b * batch.length, (b + 1) * batch.length),
  )
  freeCounts(batch)
  const states = Math.ceil(batch.length / rate)
  const shape = { batch: batch.batch, length: states, given: fixedLatents(pins, rate) }
  const { conditionDropout } = options
  const how = {
    embeddingDim: dim,
    objective: 'cross-entropy',
    pinnedProbability: 0,
    conditionDropout,
  } as const
  const drawn = drawCorruption(shape, context, schedule, how)
  // What was pinned at random makes a row easier than its noise level: the warp does not learn from it.
  const pinned = Uint8Array.from(pins, (flags) => (batch.given === undefined && flags.includes(1) ? 1 : 0))
  const nothing = new Uint8Array(batch.length)
  const conditions = rows.map((tokens, b) => ({
    tokens,
    given: drawn.dropped[b] === 1 ? nothing : pins[b],
  }))
  const tokens = padded(rows, rate, textSize)
  const known = knownTokens(conditions, rate, textSize)
  const scored = scoredTokens(pins, rate)
  const clean = tidy(() => encode(constants.autoencoder, tokens, rate))
  const z = add(mul(clean, tensor(drawn.alpha, clean.shape)), tensor(drawn.noise, clean.shape))
  const divisor = Float64Array.from(
    rowsOf(scored, states * rate),
    (flags) => batch.batch * flags.reduce((n, flag) => n + flag, 0),
  )
  return { corruption: { ...drawn, pinned }, tokens, known, scored, divisor, clean, z }
}

/** 1 where a position is neither given nor behind the end [B·N·r]. `given` [L] of each row. */
export function scoredTokens(given: readonly Uint8Array[], rate: number): Uint8Array {
  const perRow = Math.ceil(given[0].length / rate) * rate
  const out = new Uint8Array(given.length * perRow)
  given.forEach((flags, b) => {
    out.set(
      flags.map((flag) => 1 - flag),
      b * perRow,
    )
  })
  return out
}

/**
 * 1 where pinned. Half of the pinned rows are what embeddings are pinned by, a prefix, a suffix or a span. In the other half
 * every token has one chance, so that many latents are known in part, and many gaps are short.
 */
export function drawPinned(length: number, rng: Rng, probability: number): Uint8Array {
  const pinned = drawFree(length, rng, probability).map((free) => 1 - free)
  const [kind, share, u] = rng.fork('scattered').uniforms(3)
  if (!pinned.includes(1) || kind < 0.5) return pinned
  rng
    .fork('tokens')
    .uniforms(length)
    .forEach((coin, l) => {
      pinned[l] = coin < share ? 1 : 0
    })
  pinned[Math.floor(u * length)] = 0
  return pinned
}
