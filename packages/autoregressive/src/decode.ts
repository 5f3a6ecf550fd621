/** @file Decoding with a preallocated KV cache: one prefill, then one position a step; finished rows leave the batch. */
import { dispose, read, type Tensor, tidy } from '@trivium/engine'
import {
  type CanvasRow,
  checkCanvas,
  type Decoding,
  drawToken,
  type Generation,
  type GenerationRequest,
  promptLength,
  type RowState,
  startDecoding,
  type TraceEvent,
  type Vocabulary,
} from '@trivium/language-model'
import { createRng, type Rng } from '@trivium/random'
import { type BackboneConfig, InputError, parseSamplerOf, type SamplerConfigOf } from '@trivium/schema'
import {
  cachedTokenLogits,
  createKvCache,
  disposeKvCache,
  selectCacheRows,
  type TokenNetworkParams,
  tokenLogits,
} from '@trivium/transformer'

export type Network = {
  readonly params: TokenNetworkParams
  readonly backbone: BackboneConfig
  readonly vocabulary: Vocabulary
}

/**
 * Writes every row from its prompt to the end of its canvas or to a stop token.
 * @throws InputError for another paradigm's sampler, and for canvases that are not prompts.
 */
export async function* decodeRows(
  network: Network,
  request: GenerationRequest,
): AsyncGenerator<TraceEvent, Generation, void> {
  const sampler = parseSamplerOf('autoregressive', request.sampler)
  checkCanvas(request.canvas, network.vocabulary, network.backbone.context)
  request.canvas.forEach(refuseInfill)
  const decoding = startDecoding(request, network.vocabulary)
  const rng = createRng(request.seed)
  const unfinished = decoding.rows.filter(({ finish }) => finish === null)
  // Rows with prompts of one length share their forwards.
  for (const prompt of [...new Set(unfinished.map(({ tail }) => tail))].sort((a, b) => a - b))
    yield* writeGroup(
      { network, sampler, decoding, rng },
      unfinished.filter(({ tail }) => tail === prompt),
    )
  return decoding.end()
}

function refuseInfill(row: CanvasRow, index: number): void {
  if (promptLength(row) === null)
    throw new InputError(
      `canvas row ${index} has given text after a gap: an autoregressive model without fill-in-the-middle training writes only after a prompt; use a diffusion model to infill`,
    )
}

type Job = {
  readonly network: Network
  readonly sampler: SamplerConfigOf<'autoregressive'>
  readonly decoding: Decoding
  readonly rng: Rng
}

/** Writes rows whose prompts have one length, position by position. */
async function* writeGroup(job: Job, group: RowState[]): AsyncGenerator<TraceEvent, void, void> {
  const { network, sampler, decoding } = job
  const { tail: prompt, tokens } = group[0]
  const pass = sampler.cache ? cachedPass(network, group.length, tokens.length) : wholePass(network)
  let active = group
  try {
    for (let position = prompt; position < tokens.length && active.length > 0; position++) {
      if (await decoding.aborted()) return
      const queries = sampler.cache && position > prompt ? 1 : position + 1
      const inputs = inputsOf(network, active, position, queries)
      const logits = tidy(() => pass.logits(inputs, active.length, queries))
      decoding.countForward(active, queries)
      yield* writeTokens(job, active, position, logits)
      const going = active.flatMap((row, i) => (row.finish === null ? [i] : []))
      if (going.length < active.length && going.length > 0) pass.keep(going)
      active = going.map((i) => active[i])
    }
  } finally {
    pass.dispose()
  }
}

type Pass = {
  /** Inputs [B, Lq] → logits of the last of each row [B, textSize]. */
  logits(inputs: Int32Array, batch: number, queries: number): Tensor
  /** Goes on with these rows alone. */
  keep(rows: number[]): void
  dispose(): void
}

function cachedPass({ params, backbone }: Network, batch: number, length: number): Pass {
  let cache = createKvCache(backbone, batch, length)
  return {
    logits: (inputs) => cachedTokenLogits(params, backbone, inputs, cache),
    keep: (rows) => {
      cache = selectCacheRows(cache, rows)
    },
    dispose: () => disposeKvCache(cache),
  }
}

/** The same without a cache: the whole prefix goes through the network for every token. */
function wholePass({ params, backbone }: Network): Pass {
  return {
    logits: (tokens, batch, length) =>
      tokenLogits(params, backbone, { tokens, batch, length }, { attention: 'causal', positions: 'last' }),
    keep: () => {},
    dispose: () => {},
  }
}

/** The `queries` inputs that end with the one predicting `position`; input 0 is BOS. [B, Lq]. */
function inputsOf(
  { vocabulary }: Network,
  rows: readonly RowState[],
  position: number,
  queries: number,
): Int32Array {
  const ids = new Int32Array(rows.length * queries)
  rows.forEach(({ tokens }, r) => {
    for (let q = 0; q < queries; q++) {
      const input = position - queries + 1 + q
      ids[r * queries + q] = input === 0 ? vocabulary.bos : tokens[input - 1]
    }
  })
  return ids
}

/** Draws one token a row from logits [B, textSize], which it disposes of. */
async function* writeTokens(
  { network, sampler, decoding, rng }: Job,
  active: readonly RowState[],
  position: number,
  logits: Tensor,
): AsyncGenerator<TraceEvent, void, void> {
  const values = await read(logits)
  dispose(logits)
  const { textSize } = network.vocabulary
  for (const [r, row] of active.entries()) {
    const { token, confidence } = drawToken(
      values.subarray(r * textSize, (r + 1) * textSize),
      sampler,
      rng.fork('token', row.index, position).uniform(),
      row.tokens.subarray(0, position),
    )
    row.tokens[position] = token
    row.confidence[position] = confidence
    decoding.countWritten()
    if (!decoding.cutAtStop(row) && position === row.tokens.length - 1) row.finish = 'length'
    if (decoding.watches(row)) yield decoding.event(row, position - row.tail + 1, [position])
  }
}
