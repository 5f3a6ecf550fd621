/**
 * @file One row on its way from MASK to text. A sampler is a generator over one row: it yields its step number when it needs
 * the network and gets the row's logits back. Rows therefore cannot see each other, and a batch is only a way to share forwards.
 */
import type { Rng } from '@trivium/random'
import { type Drawn, drawToken } from './draw.ts'

export type Row = {
  /** Place in the request; keys the random numbers. */
  readonly index: number
  readonly tokens: Int32Array
  readonly frozen: Uint8Array
  /** Probability of each shown token when it was committed: 1 where frozen, 0 where masked. */
  readonly confidence: Float32Array
}

/** Yields the step (1, 2, …) that needs logits [L·textSize] of the row as it stands. */
export type RowProgram = Generator<number, void, Float32Array>

/** What every sampler is given beside its own options. */
export type RowContext = {
  readonly row: Row
  readonly mask: number
  readonly textSize: number
  /** Root stream of the request. */
  readonly rng: Rng
}

/** Positions that are still MASK, from left to right. */
export function maskedPositions({ tokens }: Row, mask: number): number[] {
  const out: number[] = []
  for (let i = 0; i < tokens.length; i++) if (tokens[i] === mask) out.push(i)
  return out
}

/** Draws a token at each position, keyed by (seed, row, step, position). */
export function drawAt(
  positions: readonly number[],
  logits: Float32Array,
  step: number,
  temperature: number,
  { row, textSize, rng }: RowContext,
): Drawn[] {
  const u = rng.fork('token', row.index, step).uniforms(row.tokens.length)
  return positions.map((i) => drawToken(logits, i * textSize, textSize, temperature, u[i]))
}

export function commit(row: Row, position: number, { token, confidence }: Drawn): void {
  row.tokens[position] = token
  row.confidence[position] = confidence
}

/**
 * Masked positions in blocks of `blockLength` consecutive places, counted from the first position to write (LLaDA counts
 * from the end of the prompt). Blocks with nothing to write are left out; without a length all is one block.
 */
export function blocksOf(
  masked: readonly number[],
  blockLength: number = Number.POSITIVE_INFINITY,
): number[][] {
  const blocks: number[][] = []
  let current = -1
  for (const position of masked) {
    const block = Math.floor((position - masked[0]) / blockLength)
    if (block !== current) blocks.push([])
    current = block
    blocks[blocks.length - 1].push(position)
  }
  return blocks
}

/** A candidate at a masked position. */
export type Candidate = { readonly position: number; readonly drawn: Drawn }

/** Candidates at `positions` alone, most confident first; ties go to the left. */
export function rankedCandidates(
  positions: readonly number[],
  logits: Float32Array,
  step: number,
  temperature: number,
  context: RowContext,
): Candidate[] {
  const drawn = drawAt(positions, logits, step, temperature, context)
  return positions
    .map((position, k) => ({ position, drawn: drawn[k] }))
    .sort((a, b) => b.drawn.confidence - a.drawn.confidence || a.position - b.position)
}
