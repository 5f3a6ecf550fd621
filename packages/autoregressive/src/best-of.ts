/**
 * @file A gap without fill-in-the-middle training: candidates are written behind its prefix alone, and the one stays with which
 * the whole row is the likeliest (left-to-right reranking, InCoder 2204.05999, section 4).
 */
import type { Generation, RowState, TraceEvent } from '@trivium/language-model'
import type { SamplerConfigOf } from '@trivium/schema'
import { gapOf, refuseMoreGaps } from './fim.ts'
import { exactLikelihood } from './likelihood.ts'
import { cachedReader } from './reader.ts'
import { type Job, writeToken } from './tokens.ts'
import { prefixWriting, type Writing } from './writing.ts'

type BestOf = SamplerConfigOf<'autoregressive'> & { readonly type: 'best-of' }

/**
 * Row after row, since the candidates of one share their forwards. A row without a gap is written once.
 * @throws InputError for a row with more than one gap
 */
export async function* bestOf(job: Job<BestOf>): AsyncGenerator<TraceEvent, Generation, void> {
  const { decoding, sampler } = job
  decoding.rows.forEach(({ frozen, index }) => {
    refuseMoreGaps(frozen, index)
  })
  for (const row of decoding.rows) {
    if (row.finish !== null) continue
    const gap = gapOf(row.frozen)
    const many = gap === null ? 1 : sampler.candidates
    const written = await writeCandidates(job, row, many)
    if (written === null) break
    const best = gap === null ? 0 : await likeliest(job, written, gap.from)
    keep(row, written, best)
    if (decoding.watches(row)) yield decoding.event(row, row.forwards, positionsOf(written[best]))
  }
  return decoding.end()
}

const positionsOf = ({ from, next }: Writing): number[] =>
  Array.from({ length: next - from }, (_, i) => from + i)

/** Null when the request was stopped. */
async function writeCandidates(job: Job<BestOf>, row: RowState, many: number): Promise<Writing[] | null> {
  const { network, decoding } = job
  const writings = Array.from({ length: many }, (_, index) =>
    prefixWriting({ ...copyOf(row), index }, network.vocabulary),
  )
  const [{ lead, from, end }] = writings
  const own = { ...job, rng: job.rng.fork('candidates', row.index) }
  const reader = cachedReader(network, decoding, { rows: many, longest: lead.length + end - from - 1 })
  try {
    for (let active = writings; active.length > 0; active = active.filter((w) => w.row.finish === null)) {
      if (await decoding.aborted()) return null
      const logits = await reader.read(active.map((writing) => ({ writing, draft: new Int32Array(0) })))
      const size = logits.length / active.length
      const { textSize } = network.vocabulary
      for (const [i, writing] of active.entries())
        writeToken(own, writing, logits.subarray(i * size, i * size + textSize))
    }
  } finally {
    reader.dispose()
  }
  return writings
}

const copyOf = (row: RowState): RowState => ({
  ...row,
  tokens: row.tokens.slice(),
  confidence: row.confidence.slice(),
  ...(row.logprobs !== undefined && { logprobs: { ...row.logprobs, at: row.logprobs.at.slice() } }),
})

/** The candidate with the largest p(gap, suffix | prefix), by one more forward over their whole rows. */
async function likeliest(
  { network, decoding }: Job<BestOf>,
  written: readonly Writing[],
  from: number,
): Promise<number> {
  const rows = written.map(({ row }) => row)
  const given = rows.map(({ tokens }) => new Uint8Array(tokens.length).fill(1, 0, from))
  const scores = await exactLikelihood(
    network,
    rows.map(({ tokens }) => tokens),
    { given, batchSize: rows.length },
  )
  decoding.countForward(rows, rows[0].tokens.length)
  const nats = scores.map((score) => score.nats)
  return nats.indexOf(Math.min(...nats))
}

/** The row becomes its best candidate, and has cost what all of them did. */
function keep(row: RowState, written: readonly Writing[], best: number): void {
  const chosen = written[best].row
  row.tokens.set(chosen.tokens)
  row.confidence.set(chosen.confidence)
  chosen.logprobs?.at.forEach((noted, i) => {
    if (row.logprobs !== undefined) row.logprobs.at[i] = noted
  })
  for (const candidate of written) {
    row.forwards += candidate.row.forwards
    row.tokenPositions += candidate.row.tokenPositions
  }
  row.finish = chosen.finish
}
