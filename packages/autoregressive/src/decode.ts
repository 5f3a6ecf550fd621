/** @file Writing rows token after token: one forward serves all rows, each at its own place, until it is whole. */
import {
  type CanvasRow,
  checkCanvas,
  type Decoding,
  drawToken,
  type Generation,
  type GenerationRequest,
  promptLength,
  startDecoding,
  type TraceEvent,
  textElsewhere,
  type Vocabulary,
} from '@trivium/language-model'
import { createRng, type Rng } from '@trivium/random'
import { type BackboneConfig, InputError, parseSamplerOf, type SamplerConfigOf } from '@trivium/schema'
import type { TokenNetworkParams } from '@trivium/transformer'
import { cachedReader, wholeReader } from './reader.ts'
import { behindPrompt, type Writing } from './writing.ts'

export type Network = {
  readonly params: TokenNetworkParams
  readonly backbone: BackboneConfig
  readonly vocabulary: Vocabulary
}

type Job = {
  readonly vocabulary: Vocabulary
  readonly sampler: SamplerConfigOf<'autoregressive'>
  readonly decoding: Decoding
  readonly rng: Rng
}

/**
 * Writes every row from its prompt to the end of its canvas or to a stop token.
 * @throws InputError for another paradigm's sampler, and for canvases that are not prompts.
 */
export async function* decodeRows(
  network: Network,
  request: GenerationRequest,
): AsyncGenerator<TraceEvent, Generation, void> {
  const { vocabulary, backbone } = network
  const sampler = parseSamplerOf('autoregressive', request.sampler)
  checkCanvas(request.canvas, vocabulary, backbone.context)
  request.canvas.forEach(refuseInfill)
  const decoding = startDecoding(request, vocabulary)
  const writings = decoding.rows.map((row) => behindPrompt(row, vocabulary))
  const length = request.canvas[0].tokens.length
  const reader = sampler.cache ? cachedReader(network, decoding, length) : wholeReader(network, decoding)
  const job = { vocabulary, sampler, decoding, rng: createRng(request.seed) }
  try {
    let active = writings.filter(({ row }) => row.finish === null)
    while (active.length > 0 && !(await decoding.aborted())) {
      const logits = await reader.read(active)
      for (const [i, writing] of active.entries()) {
        const { textSize } = vocabulary
        writeToken(job, writing, logits.subarray(i * textSize, (i + 1) * textSize))
        const { row, next } = writing
        if (decoding.watches(row)) yield decoding.event(row, row.forwards, [next - 1])
      }
      active = active.filter(({ row }) => row.finish === null)
    }
  } finally {
    reader.dispose()
  }
  return decoding.end()
}

function refuseInfill(row: CanvasRow, index: number): void {
  if (promptLength(row) === null)
    throw new InputError(
      `canvas row ${index} has given text after a gap: an autoregressive model without fill-in-the-middle training writes only after a prompt; use a diffusion model to infill`,
    )
}

/** Draws the next token of a row from its logits [textSize]. */
function writeToken(
  { vocabulary, sampler, decoding, rng }: Job,
  writing: Writing,
  logits: Float32Array,
): void {
  const { row, next: position } = writing
  const { token, confidence } = drawToken(
    logits,
    sampler,
    rng.fork('token', row.index, position).uniform(),
    sampler.repetitionPenalty === undefined ? undefined : textElsewhere(row, position, vocabulary.mask),
  )
  row.tokens[position] = token
  row.confidence[position] = confidence
  writing.next += 1
  decoding.countWritten()
  if (!decoding.cutAtStop(row) && writing.next === writing.end) row.finish = 'length'
}
