/** @file Writing rows token after token: one forward serves all rows, each at its own place, until it is whole. */
import {
  checkCanvas,
  type Generation,
  type GenerationRequest,
  startDecoding,
  type TraceEvent,
} from '@trivium/language-model'
import { createRng } from '@trivium/random'
import { parseSamplerOf, type SamplerConfigOf } from '@trivium/schema'
import { bestOf } from './best-of.ts'
import { lookUp, textOf } from './drafts.ts'
import { usualOrder } from './fim.ts'
import type { Network } from './network.ts'
import { cachedReader, type Reader, type Reading, wholeReader } from './reader.ts'
import { draw, type Job as WritingJob, writeToken } from './tokens.ts'
import { type Writing, writingOf } from './writing.ts'

type Job = WritingJob<Exclude<SamplerConfigOf<'autoregressive'>, { type: 'best-of' }>>

/**
 * Writes every row from its prompt to the end of its canvas or to a stop, or its gap.
 * @throws InputError for a sampler that does not serve the model, and for canvases that it cannot write.
 */
export async function* decodeRows(
  network: Network,
  request: GenerationRequest,
): AsyncGenerator<TraceEvent, Generation, void> {
  const { vocabulary, backbone, options } = network
  const sampler = parseSamplerOf('autoregressive', request.sampler, options)
  checkCanvas(request.canvas, vocabulary, backbone.context)
  const decoding = startDecoding(request, vocabulary)
  if (sampler.type === 'best-of')
    return yield* bestOf({ network, sampler, decoding, rng: createRng(request.seed) })
  const writings = decoding.rows.map((row) => writingOf(row, network, sampler.infill ?? usualOrder(options)))
  const job: Job = { network, sampler, decoding, rng: createRng(request.seed) }
  const reader = readerOf(job, writings)
  try {
    let active = writings.filter(({ row }) => row.finish === null)
    while (active.length > 0 && !(await decoding.aborted())) {
      yield* step(job, reader, active)
      active = active.filter(({ row }) => row.finish === null)
    }
  } finally {
    reader.dispose()
  }
  return decoding.end()
}

function readerOf({ network, sampler, decoding }: Job, writings: readonly Writing[]): Reader {
  if (sampler.type === 'ar' && !sampler.cache) return wholeReader(network, decoding)
  // The last token of a row is never read.
  const longest = Math.max(...writings.map(({ lead, from, end }) => lead.length + end - from - 1))
  return cachedReader(network, decoding, { rows: decoding.rows.length, longest })
}

/** One forward, and the tokens that it gives. */
async function* step(
  job: Job,
  reader: Reader,
  active: readonly Writing[],
): AsyncGenerator<TraceEvent, void, void> {
  const { decoding } = job
  const readings = active.map((writing) => ({ writing, draft: draftOf(job, writing) }))
  const logits = await reader.read(readings)
  const states = readings.reduce((n, { draft }) => n + draft.length + 1, 0)
  const size = logits.length / states
  let at = 0
  for (const reading of readings) {
    const { row, next } = reading.writing
    writeVerified(job, reading, (i) => logits.subarray((at + i) * size, (at + i + 1) * size))
    at += reading.draft.length + 1
    const committed = Array.from({ length: reading.writing.next - next }, (_, i) => next + i)
    if (decoding.watches(row)) yield decoding.event(row, row.forwards, committed)
  }
}

/** Guesses for the places behind the next one, never for the last of the row: the forward itself gives that. */
function draftOf(job: Job, writing: Writing): Int32Array {
  const { sampler, network } = job
  const room = writing.end - writing.next - 1
  switch (sampler.type) {
    case 'ar':
      return new Int32Array(0)
    case 'prompt-lookup':
      return textDraft(lookUp(textOf(writing, network.vocabulary.textSize), sampler), room)
    case 'mtp':
      return headDraft(job, writing, room)
    default:
      return sampler satisfies never
  }
}

const textDraft = (guess: Int32Array, room: number): Int32Array => guess.subarray(0, Math.max(0, room))

/** What the draft heads draw, each with the random number that will decide its place. */
function headDraft(job: Job, writing: Writing, room: number): Int32Array {
  const { heads, next } = writing
  if (heads === null) return new Int32Array(0)
  const { textSize } = job.network.vocabulary
  const drafted = Math.min(room, heads.length / textSize)
  return Int32Array.from(
    { length: drafted },
    (_, j) => draw(job, writing, heads.subarray(j * textSize, (j + 1) * textSize), next + j).token,
  )
}

/** Writes the token behind the row, and goes on behind its draft as far as the model draws the same. */
function writeVerified(job: Job, { writing, draft }: Reading, logitsOf: (i: number) => Float32Array): void {
  const { decoding, network } = job
  const { textSize } = network.vocabulary
  for (let i = 0; ; i++) {
    const logits = logitsOf(i)
    const token = writeToken(job, writing, logits.subarray(0, textSize))
    if (writing.row.finish !== null || token !== draft[i]) {
      decoding.countDrafts(draft.length, i)
      writing.heads = logits.subarray(textSize)
      return
    }
  }
}
