/**
 * @file Runs a sampler over the rows of a request: shares forwards among the rows that need one. The denoiser is injected,
 * so an exact oracle can stand in for a network.
 */
import {
  type Decoding,
  type Generation,
  type GenerationRequest,
  type RowState,
  startDecoding,
  type TraceEvent,
  type Vocabulary,
} from '@trivium/language-model'
import { createRng, type Rng } from '@trivium/random'
import { InputError, parseSamplerOf, type SamplerConfigOf } from '@trivium/schema'
import type { AbsorbingProcess } from '../absorbing.ts'
import type { BlockDecoder } from '../blocks.ts'
import type { DiscreteProcess } from '../process.ts'
import type { WindowDecoder } from '../windows.ts'
import { ancestral } from './ancestral.ts'
import { type MaskedSampler, type RowProgram, writeRow } from './blockwise.ts'
import { edit } from './edit.ts'
import { entropy } from './entropy.ts'
import { entropyBound } from './entropy-bound.ts'
import { factor } from './factor.ts'
import { firstHitting } from './first-hitting.ts'
import { lowConfidence } from './low-confidence.ts'
import { margin } from './margin.ts'
import { random } from './random.ts'
import { remask } from './remask.ts'
import {
  finishedBlocks,
  guidedCanvases,
  type LogitsSource,
  noiseForMasks,
  staleContext,
  wholeCanvases,
} from './source.ts'
import { threshold } from './threshold.ts'
import { uniform } from './uniform.ts'

/**
 * Logits [B·L·textSize] of x₀ for B canvases of one length L, in which MASK marks what is to be written. Uniform-state models
 * want the time of every position too, 0 where it is given, and say p(x₀ᵢ | the other positions).
 */
export type Denoiser = (
  canvases: readonly Int32Array[],
  times?: readonly Float64Array[],
) => Promise<Float32Array>

export type SamplingModel = {
  readonly denoise: Denoiser
  readonly vocabulary: Vocabulary
  readonly process: DiscreteProcess
  /** Of a block model: its blocks are written one after the other, each behind the exact cache of the finished ones. */
  readonly blocks?: BlockDecoder
  /** Of a model that sees the whole canvas: what `cache` of a sampler asks for. */
  readonly windows?: WindowDecoder
}

function samplerOf(
  config: SamplerConfigOf<'masked-diffusion'>,
  { process, blocks }: SamplingModel,
): MaskedSampler {
  if (process.type === 'uniform') {
    if (config.type === 'uniform') return uniform(config, process)
    if (config.type === 'entropy-bound') return entropyBound(config)
    throw new InputError(`the sampler '${config.type}' needs a model trained with options.process: absorbing`)
  }
  if (config.type === 'uniform')
    throw new InputError(`the sampler 'uniform' needs a model trained with options.process: uniform`)
  const sampler = absorbingSampler(config, process)
  return blocks === undefined ? sampler : inBlocksOf(blocks, sampler)
}

function absorbingSampler(
  config: Exclude<SamplerConfigOf<'masked-diffusion'>, { type: 'uniform' }>,
  process: AbsorbingProcess,
): MaskedSampler {
  switch (config.type) {
    case 'ancestral':
      return ancestral(config, process)
    case 'low-confidence':
      return lowConfidence(config)
    case 'margin':
      return margin(config)
    case 'entropy':
      return entropy(config)
    case 'random':
      return random(config)
    case 'first-hitting':
      return firstHitting(config)
    case 'threshold':
      return threshold(config)
    case 'factor':
      return factor(config)
    case 'entropy-bound':
      if (config.trust !== undefined)
        throw new InputError(
          'trust tells a network of options.process: uniform what is clean; a mask says so itself: leave it out',
        )
      return entropyBound(config)
    case 'remask':
      return remask(config, process)
    case 'edit':
      return edit(config)
    default:
      return config satisfies never
  }
}

/** The sampler on the blocks that the model knows. */
function inBlocksOf({ blockLength }: BlockDecoder, sampler: MaskedSampler): MaskedSampler {
  const { blockLength: asked = blockLength } = sampler
  if (asked !== blockLength)
    throw new InputError(
      `the sampler's blockLength is ${asked}, but the model writes blocks of ${blockLength}; leave it out`,
    )
  return { ...sampler, blockLength, blockOrigin: 0 }
}

/** @throws InputError when the model has no such way of reading */
function sourceOf(
  options: SamplerConfigOf<'masked-diffusion'>,
  decoding: Decoding,
  { denoise, blocks, windows, vocabulary, process }: SamplingModel,
  rng: Rng,
): LogitsSource {
  const { guidance, cache, blockLength } = options.type === 'uniform' ? {} : options
  if (process.type === 'uniform' && options.type !== 'uniform') {
    if (cache !== undefined || guidance !== undefined)
      throw new InputError(
        `a uniform-state model reads the whole canvas in every step, and no masks; leave ${cache === undefined ? 'guidance' : 'cache'} out`,
      )
    const trust = options.type === 'entropy-bound' && options.trust === true
    return noiseForMasks(denoise, decoding, vocabulary, { process, rng, trust })
  }
  if (blocks !== undefined) {
    if (cache !== undefined)
      throw new InputError('the model caches its finished blocks, and exactly; leave cache out')
    if (guidance !== undefined)
      throw new InputError(
        'guidance reads the canvas without what is given, which a model with blocks has in its cache; leave it out or use a model without blockLength',
      )
    return finishedBlocks(blocks, decoding, vocabulary.textSize)
  }
  if (cache === undefined)
    return guidance === undefined
      ? wholeCanvases(denoise, decoding)
      : guidedCanvases(denoise, decoding, { guidance, mask: vocabulary.mask })
  if (blockLength === undefined)
    throw new InputError(`cache '${cache}' is read anew for each block; give blockLength too`)
  if (guidance !== undefined)
    throw new InputError(
      'cache holds one reading of the canvas and guidance needs two; leave one of them out',
    )
  if (windows === undefined) throw new InputError('this denoiser has no cache; leave cache out')
  return staleContext(windows, decoding, vocabulary.textSize, cache === 'dual')
}

/** @throws InputError for a row with nothing to guide by */
function checkGuidance(options: SamplerConfigOf<'masked-diffusion'>, { canvas }: GenerationRequest): void {
  if (options.type === 'uniform' || options.guidance === undefined) return
  const free = canvas.findIndex(({ frozen }) => !frozen.includes(1))
  if (free >= 0)
    throw new InputError(`row ${free} has no given text that guidance could strengthen; leave guidance out`)
}

type Active = {
  readonly row: RowState
  readonly program: RowProgram
  block: readonly number[]
  time?: number
}

/**
 * Writes every position that is not frozen, whatever stood there before. A row that needs no forward in a round is not
 * in its batch, so `tokenPositions` counts only what ran.
 * @throws InputError for another paradigm's sampler, one that the model cannot serve, or an impossible option.
 */
export async function* decodeMasked(
  request: GenerationRequest,
  model: SamplingModel,
): AsyncGenerator<TraceEvent, Generation, void> {
  const options = parseSamplerOf('masked-diffusion', request.sampler)
  const sampler = samplerOf(options, model)
  checkGuidance(options, request)
  const { mask, textSize } = model.vocabulary
  const rng = createRng(request.seed)
  const decoding = startDecoding(request, model.vocabulary, (row, canvas) =>
    sampler.begin?.(row, canvas, textSize, rng),
  )
  let active = decoding.rows
    .filter(({ finish }) => finish === null)
    .map(
      (row): Active => ({
        row,
        program: writeRow({ row, options, mask, textSize, rng }, sampler),
        block: [],
      }),
    )
  const source = sourceOf(options, decoding, model, rng)
  try {
    let logits: Float32Array = new Float32Array(0)
    for (;;) {
      const going: Active[] = []
      const size = logits.length / Math.max(1, active.length)
      for (const [k, entry] of active.entries()) {
        yield* advance(decoding, entry, logits.subarray(k * size, (k + 1) * size), { mask, sampler })
        if (entry.row.finish === null) going.push(entry)
      }
      active = going
      if (active.length === 0 || (await decoding.aborted())) return decoding.end()
      logits = await source.logits(active)
    }
  } finally {
    source.dispose()
  }
}

/** Runs a row on to where it needs the next logits, or to its end. */
function* advance(
  decoding: Decoding,
  entry: Active,
  logits: Float32Array,
  { mask, sampler }: { readonly mask: number; readonly sampler: MaskedSampler },
): Generator<TraceEvent, void, void> {
  const { row, program } = entry
  for (;;) {
    const { done, value } = program.next(logits)
    if (done === true) {
      if (sampler.revises !== true || !decoding.cutAtStop(row)) row.finish = 'length'
      return
    }
    if ('block' in value) {
      entry.block = value.block
      entry.time = value.time
      return
    }
    decoding.countWritten()
    const stopped = sampler.revises !== true && decoding.cutAtStop(row)
    if (decoding.watches(row)) {
      const committed = value.writes.filter(({ token }) => token !== mask).map(({ position }) => position)
      yield decoding.event(
        row,
        value.step,
        committed.sort((a, b) => a - b),
      )
    }
    if (stopped) return
  }
}
