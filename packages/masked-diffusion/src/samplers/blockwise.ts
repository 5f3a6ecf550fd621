/**
 * @file The loop over the blocks and steps of one row, written once. A sampler is what it chooses in a step: a set of
 * writes, of which one with MASK takes a token back and one on a visible position revises it. The state of a row is its
 * tokens, their confidences and the step.
 *
 * A row is a generator that stops where it needs the network. Rows therefore cannot see each other, and a batch is only
 * a way to share forwards.
 */
import {
  type CanvasRow,
  type Drawn,
  drawToken,
  freePositions,
  noteLogprobs,
  type RowState,
  textElsewhere,
} from '@trivium/language-model'
import type { Rng } from '@trivium/random'
import type { DrawOptions } from '@trivium/schema'

/** Puts a token at a position; MASK, with confidence 0, takes back what stood there. */
export type Write = Drawn & { readonly position: number }

/** One step in one block, as a sampler sees it. */
export type Step = {
  readonly row: RowState
  /** The block's positions to write, from left to right; without blocks all of the row's. */
  readonly positions: readonly number[]
  /** Those that are MASK now. */
  readonly open: readonly number[]
  /** i = 1 … `of` in this block. */
  readonly index: number
  readonly of: number
  readonly textSize: number
  readonly mask: number
  /** Uniforms [L], keyed by (seed, label, row, step). */
  uniforms(label: string): Float64Array
  /** Draws a token at each position from logits [L·textSize] with the request's options. */
  draw(positions: readonly number[], logits: Float32Array): Write[]
}

export type MaskedSampler = {
  /** Without it the whole row is one block. */
  readonly blockLength?: number
  /** Where blocks are counted from; the first position to write when absent (LLaDA counts from the end of the prompt). */
  readonly blockOrigin?: number
  /** Whether it may change what it wrote: a stop token then ends a row when the row is done, not before. */
  readonly revises?: true
  /** What stands on free positions at the start; MASK when absent. `rng` is the root stream of the request. */
  begin?(row: RowState, canvas: CanvasRow, textSize: number, rng: Rng): void
  /** Most steps of each block, by its number of positions to write. */
  stepsOf(sizes: readonly number[]): readonly number[]
  /**
   * Yields where it needs the logits [L·textSize] of the row as it stands, at most once, with the time of its free positions
   * where the network wants one; returns what it writes, or null when the block is done before its last step.
   */
  choose(step: Step): Generator<number | undefined, readonly Write[] | null, Float32Array>
}

/** What every row of a request is given. */
export type RowContext = {
  readonly row: RowState
  readonly options: DrawOptions
  readonly mask: number
  readonly textSize: number
  /** Root stream of the request. */
  readonly rng: Rng
}

/** A step that wrote, counted over all blocks from 1. */
export type StepRecord = { readonly step: number; readonly writes: readonly Write[] }
/** The row needs its logits [L·textSize], of which only those of the block in hand are read. */
export type LogitsWanted = {
  readonly block: readonly number[]
  /** Of the free positions, for networks with a time input. */
  readonly time?: number
}
/** Yields what it waits for, and a record after each step that wrote. */
export type RowProgram = Generator<StepRecord | LogitsWanted, void, Float32Array>

/** Writes one row, block by block. */
export function* writeRow(context: RowContext, sampler: MaskedSampler): RowProgram {
  const { row, mask, textSize } = context
  const { blockLength, blockOrigin } = sampler
  const blocks = blocksOf(freePositions(row.tokens.length, row.frozen), blockLength, blockOrigin)
  const steps = sampler.stepsOf(blocks.map((positions) => positions.length))
  let done = 0
  let logits: Float32Array = new Float32Array(0)
  for (const [b, positions] of blocks.entries())
    for (let index = 1; index <= steps[b]; index++) {
      const open = positions.filter((position) => row.tokens[position] === mask)
      const choice = sampler.choose({
        ...drawing(context, done + 1),
        row,
        positions,
        open,
        index,
        of: steps[b],
        textSize,
        mask,
      })
      let next = choice.next()
      while (next.done !== true) {
        logits = yield { block: positions, time: next.value }
        next = choice.next(logits)
      }
      const writes = next.value
      if (writes === null) break
      done += 1
      for (const { position, token, confidence } of writes) {
        row.tokens[position] = token
        row.confidence[position] = confidence
        noteLogprobs(row, position, logits.subarray(position * textSize, (position + 1) * textSize))
      }
      if (writes.length > 0) yield { step: done, writes }
    }
}

/** The random numbers of a step: keyed by what they are for, so that asking twice gives the same. */
function drawing(
  { row, options, mask, textSize, rng }: RowContext,
  step: number,
): Pick<Step, 'uniforms' | 'draw'> {
  const uniforms = (label: string): Float64Array =>
    rng.fork(label, row.index, step).uniforms(row.tokens.length)
  const penalised = options.repetitionPenalty !== undefined
  return {
    uniforms,
    draw(positions, logits) {
      const u = uniforms('token')
      return positions.map((position) => {
        const at = logits.subarray(position * textSize, (position + 1) * textSize)
        const written = penalised ? textElsewhere(row, position, mask) : undefined
        return { position, ...drawToken(at, options, u[position], written) }
      })
    },
  }
}

/**
 * Positions in blocks of `blockLength` consecutive places, counted from `origin`. Blocks with nothing to write are left
 * out; without a length all is one block.
 */
export function blocksOf(
  positions: readonly number[],
  blockLength: number = Number.POSITIVE_INFINITY,
  origin: number = positions[0],
): number[][] {
  const blocks: number[][] = []
  let current = -1
  for (const position of positions) {
    const block = Math.floor((position - origin) / blockLength)
    if (block !== current) blocks.push([])
    current = block
    blocks[blocks.length - 1].push(position)
  }
  return blocks
}

/** The highest score first; ties go to the left. */
export function bestFirst(writes: readonly Write[], score: (write: Write) => number): Write[] {
  return writes
    .map((write) => ({ write, score: score(write) }))
    .sort((a, b) => b.score - a.score || a.write.position - b.write.position)
    .map(({ write }) => write)
}
