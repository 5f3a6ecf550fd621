/** @file Generation with a preallocated KV cache: one prefill, then one position a step; finished rows leave the batch. */
import { dispose, embedding, gatherRows, intTensor, linear, read, type Tensor, tidy } from '@trivium/engine'
import {
  type CanvasRow,
  type Cost,
  checkCanvas,
  type GeneratedRow,
  type Generation,
  type GenerationRequest,
  promptLength,
  type Vocabulary,
} from '@trivium/language-model'
import { createRng, type Rng } from '@trivium/random'
import { type BackboneConfig, InputError, parseSamplerOf, type SamplerConfigOf } from '@trivium/schema'
import {
  backboneForward,
  cachedForward,
  createKvCache,
  disposeKvCache,
  selectCacheRows,
} from '@trivium/transformer'
import type { AutoregressiveParams } from './model.ts'
import { drawToken, samplingDistribution } from './sampling.ts'

export type Network = {
  readonly params: AutoregressiveParams
  readonly backbone: BackboneConfig
  readonly vocabulary: Vocabulary
}
type ArSampler = SamplerConfigOf<'autoregressive'>

/** One row on its way: its place in the request, its tokens so far (BOS excluded). */
type Row = {
  readonly index: number
  readonly tokens: Int32Array
  /** Probability of each token when it was written: 1 where given, 0 where nothing stands yet. */
  readonly confidence: Float32Array
  finish: 'length' | 'stop'
}

/**
 * Writes every row from its prompt to the end of its canvas or to a stop token.
 * @throws InputError for another paradigm's sampler, and for canvases that are not prompts.
 */
export async function generateRows(network: Network, request: GenerationRequest): Promise<Generation> {
  const { canvas } = request
  const sampler = parseSamplerOf('autoregressive', request.sampler)
  checkCanvas(canvas, network.vocabulary, network.backbone.context)
  const prompts = canvas.map((row, i) => promptLengthOrRefuse(row, i))
  const start = performance.now()
  const cost: Cost = { forwards: 0, tokenPositions: 0, cacheCommits: 0, ms: 0, msFirstToken: 0 }
  const rows: GeneratedRow[] = new Array(canvas.length)
  // Rows with prompts of one length share their forwards.
  for (const prompt of [...new Set(prompts)].sort((a, b) => a - b)) {
    const group = canvas.flatMap((row, index): Row[] =>
      prompts[index] === prompt
        ? [
            {
              index,
              tokens: row.tokens.slice(),
              confidence: Float32Array.from(row.frozen),
              finish: 'length',
            },
          ]
        : [],
    )
    const job: Job = { network, request, sampler, prompt, cost, start, rng: createRng(request.seed) }
    await (sampler.cache ? writeCached(job, group) : writeUncached(job, group))
    for (const { index, tokens, finish } of group) rows[index] = { tokens, finish }
  }
  cost.ms = performance.now() - start
  return { rows, cost }
}

function promptLengthOrRefuse(row: CanvasRow, index: number): number {
  const length = promptLength(row)
  if (length === null)
    throw new InputError(
      `canvas row ${index} has given text after a gap: an autoregressive model without fill-in-the-middle training writes only after a prompt; use a diffusion model to infill`,
    )
  return length
}

type Job = {
  readonly network: Network
  readonly request: GenerationRequest
  readonly sampler: ArSampler
  readonly prompt: number
  readonly cost: Cost
  readonly start: number
  readonly rng: Rng
}

async function writeCached(job: Job, group: Row[]): Promise<void> {
  const { network, prompt, cost } = job
  const length = group[0].tokens.length
  if (prompt === length) return
  let active = group
  let cache = createKvCache(network.backbone, active.length, length)
  try {
    for (let position = prompt; position < length && active.length > 0; position++) {
      const queries = position === prompt ? prompt + 1 : 1
      const logits = tidy(() => {
        const h = cachedForward(
          network.params.backbone,
          network.backbone,
          embed(network, active, position, queries),
          cache,
        )
        return linear(
          lastOfEach(h, active.length, queries),
          network.params.head.weight,
          network.params.head.bias,
        )
      })
      cost.forwards += 1
      cost.tokenPositions += active.length * queries
      await writeTokens(job, active, position, logits)
      const going = active.flatMap((row, i) => (row.finish === 'stop' ? [] : [i]))
      if (going.length < active.length && going.length > 0) cache = selectCacheRows(cache, going)
      active = going.map((i) => active[i])
    }
  } finally {
    disposeKvCache(cache)
  }
}

/** The same without a cache: the whole prefix goes through the network for every token. */
async function writeUncached(job: Job, group: Row[]): Promise<void> {
  const { network, prompt, cost } = job
  const { params, backbone } = network
  const length = group[0].tokens.length
  let active = group
  for (let position = prompt; position < length && active.length > 0; position++) {
    const logits = tidy(() => {
      const shape = { batch: active.length, length: position + 1, attention: 'causal' } as const
      const h = backboneForward(
        params.backbone,
        backbone,
        embed(network, active, position, position + 1),
        shape,
      )
      return linear(lastOfEach(h, active.length, position + 1), params.head.weight, params.head.bias)
    })
    cost.forwards += 1
    cost.tokenPositions += active.length * (position + 1)
    await writeTokens(job, active, position, logits)
    active = active.filter((row) => row.finish !== 'stop')
  }
}

/** Embeds the `queries` inputs that end with the one predicting `position`; input 0 is BOS. [B·Lq, D]. */
function embed(
  { params, vocabulary }: Network,
  rows: readonly Row[],
  position: number,
  queries: number,
): Tensor {
  const ids = new Int32Array(rows.length * queries)
  rows.forEach(({ tokens }, r) => {
    for (let q = 0; q < queries; q++) {
      const input = position - queries + 1 + q
      ids[r * queries + q] = input === 0 ? vocabulary.bos : tokens[input - 1]
    }
  })
  return embedding(params.embedding, intTensor(ids, [ids.length]))
}

/** Rows [B·Lq, D] → the last of each [B, D]. */
function lastOfEach(h: Tensor, batch: number, queries: number): Tensor {
  return queries === 1
    ? h
    : gatherRows(
        h,
        Int32Array.from({ length: batch }, (_, b) => (b + 1) * queries - 1),
      )
}

/** Draws one token a row; rows that meet a stop token are cut there (the rest of the canvas becomes PAD). */
async function writeTokens(
  { network, request, sampler, prompt, cost, start, rng }: Job,
  active: readonly Row[],
  position: number,
  logits: Tensor,
): Promise<void> {
  const values = await read(logits)
  dispose(logits)
  const { textSize, pad } = network.vocabulary
  const stops = request.stopTokens ?? []
  active.forEach((row, r) => {
    const p = samplingDistribution(
      values.subarray(r * textSize, (r + 1) * textSize),
      sampler,
      row.tokens.subarray(0, position),
    )
    const token = drawToken(p, rng.fork('token', row.index, position).uniform())
    row.tokens[position] = token
    row.confidence[position] = p[token]
    if (stops.includes(token)) {
      row.finish = 'stop'
      row.tokens.fill(pad, position + 1)
    }
    if (row.index === 0)
      trace(request, row, {
        step: position - prompt + 1,
        position,
        mask: network.vocabulary.mask,
        forwards: cost.forwards,
        tMs: performance.now() - start,
      })
  })
  if (cost.msFirstToken === 0) cost.msFirstToken = performance.now() - start
}

type TraceStep = {
  step: number
  position: number
  mask: number
  forwards: number
  tMs: number
}

function trace(
  { onStep }: GenerationRequest,
  row: Row,
  { step, position, mask, forwards, tMs }: TraceStep,
): void {
  if (onStep === undefined) return
  const tokens = row.tokens.slice()
  if (row.finish !== 'stop') tokens.fill(mask, position + 1)
  const confidence = row.confidence.slice()
  onStep({ step, forwards, tMs, tokens, committed: [position], changed: [position], confidence })
}
