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
import { createRng } from '@trivium/random'
import { parseSamplerOf, type SamplerConfigOf } from '@trivium/schema'
import type { AbsorbingProcess } from '../process.ts'
import { ancestral } from './ancestral.ts'
import { type MaskedSampler, type RowProgram, writeRow } from './blockwise.ts'
import { lowConfidence } from './low-confidence.ts'
import { threshold } from './threshold.ts'

/** Logits [B·L·textSize] of x₀ for B canvases of one length L, in which MASK marks what is to be written. */
export type Denoiser = (canvases: readonly Int32Array[]) => Promise<Float32Array>

export type SamplingModel = {
  readonly denoise: Denoiser
  readonly vocabulary: Vocabulary
  readonly process: AbsorbingProcess
}

function samplerOf(config: SamplerConfigOf<'masked-diffusion'>, process: AbsorbingProcess): MaskedSampler {
  switch (config.type) {
    case 'ancestral':
      return ancestral(config, process)
    case 'low-confidence':
      return lowConfidence(config)
    case 'threshold':
      return threshold(config)
    default:
      return config satisfies never
  }
}

type Active = { readonly row: RowState; readonly program: RowProgram }

/**
 * Writes every position that is not frozen, whatever stood there before. A row that needs no forward in a round is not
 * in its batch, so `tokenPositions` counts only what ran.
 * @throws InputError for another paradigm's sampler or an impossible option.
 */
export async function* decodeMasked(
  request: GenerationRequest,
  { denoise, vocabulary, process }: SamplingModel,
): AsyncGenerator<TraceEvent, Generation, void> {
  const options = parseSamplerOf('masked-diffusion', request.sampler)
  const sampler = samplerOf(options, process)
  const decoding = startDecoding(request, vocabulary)
  const { mask, textSize } = vocabulary
  const rng = createRng(request.seed)
  let active = decoding.rows
    .filter(({ finish }) => finish === null)
    .map((row): Active => ({ row, program: writeRow({ row, options, mask, textSize, rng }, sampler) }))
  let logits: Float32Array = new Float32Array(0)
  for (;;) {
    const going: Active[] = []
    const size = logits.length / Math.max(1, active.length)
    for (const [k, entry] of active.entries()) {
      yield* advance(decoding, entry, logits.subarray(k * size, (k + 1) * size), mask)
      if (entry.row.finish === null) going.push(entry)
    }
    active = going
    if (active.length === 0 || (await decoding.aborted())) return decoding.end()
    logits = await denoise(active.map(({ row }) => row.tokens))
    decoding.countForward(
      active.map(({ row }) => row),
      active[0].row.tokens.length,
    )
  }
}

/** Runs a row on to where it needs the next logits, or to its end. */
function* advance(
  decoding: Decoding,
  { row, program }: Active,
  logits: Float32Array,
  mask: number,
): Generator<TraceEvent, void, void> {
  for (;;) {
    const { done, value } = program.next(logits)
    if (done === true) row.finish = 'length'
    if (value === undefined) return
    decoding.countWritten()
    const stopped = decoding.cutAtStop(row)
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
