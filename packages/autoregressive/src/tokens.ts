/** @file The next token of a row: drawn, put in its place and noted. */
import { type Decoding, type Drawn, drawToken, noteLogprobs, textElsewhere } from '@trivium/language-model'
import type { Rng } from '@trivium/random'
import type { SamplerConfigOf } from '@trivium/schema'
import type { Network } from './network.ts'
import type { Writing } from './writing.ts'

export type Job<S = SamplerConfigOf<'autoregressive'>> = {
  readonly network: Network
  readonly sampler: S
  readonly decoding: Decoding
  /** Keys the draws by row and position. */
  readonly rng: Rng
}

/** Draws the next token of a row from its logits [textSize]. */
export function writeToken(job: Job, writing: Writing, logits: Float32Array): number {
  const { row, next } = writing
  const { token, confidence } = draw(job, writing, logits, next)
  row.tokens[next] = token
  row.confidence[next] = confidence
  noteLogprobs(row, next, logits)
  writing.next += 1
  job.decoding.countWritten()
  if (!job.decoding.cutAtStop(row) && writing.next === writing.end) row.finish = 'length'
  return token
}

export function draw(
  { network, sampler, rng }: Job,
  { row }: Writing,
  logits: Float32Array,
  position: number,
): Drawn {
  const { mask } = network.vocabulary
  const written = sampler.repetitionPenalty === undefined ? undefined : textElsewhere(row, position, mask)
  return drawToken(logits, sampler, rng.fork('token', row.index, position).uniform(), written)
}
