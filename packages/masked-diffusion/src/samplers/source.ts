/** @file Where a round's logits come from: whole canvases, or the blocks in hand behind an exact cache. */
import { type Decoding, type RowState, stackRows } from '@trivium/language-model'
import type { BlockDecoder, BlockRequest } from '../blocks.ts'
import type { Denoiser } from './decode.ts'

/** A row that waits, and the positions of the block in hand. */
export type Waiting = {
  readonly row: RowState
  readonly block: readonly number[]
  /** Of its free positions, for networks with a time input. */
  readonly time?: number
}

export type LogitsSource = {
  /** Logits [n·L·textSize] of the rows that wait; only those of their blocks in hand need be there. Counts what it costs. */
  logits(waiting: readonly Waiting[]): Promise<Float32Array>
  dispose(): void
}

export function wholeCanvases(denoise: Denoiser, decoding: Decoding): LogitsSource {
  return {
    async logits(waiting) {
      const times = waiting.some(({ time }) => time !== undefined) ? waiting.map(timesOf) : undefined
      const logits = await denoise(
        waiting.map(({ row }) => row.tokens),
        times,
      )
      decoding.countForward(
        waiting.map(({ row }) => row),
        waiting[0].row.tokens.length,
      )
      return logits
    },
    dispose: () => {},
  }
}

/** t on free positions, 0 where text is given. */
const timesOf = ({ row, time = 0 }: Waiting): Float64Array =>
  Float64Array.from(row.frozen, (isGiven) => (isGiven === 1 ? 0 : time))

/**
 * The block in hand alone, behind the cache of the blocks before it. Those are committed when the row comes to need them,
 * so that the last one never is. Rows at the same block share a forward.
 */
export function finishedBlocks(
  { blockLength, open }: BlockDecoder,
  decoding: Decoding,
  textSize: number,
): LogitsSource {
  const { length } = decoding.rows[0].tokens
  const session = open(decoding.rows.length, length)
  const committed = decoding.rows.map(() => 0)
  const requestOf = (rows: readonly RowState[], block: number): BlockRequest => {
    const [from, to] = [block * blockLength, Math.min(length, (block + 1) * blockLength)]
    const tokens = stackRows(rows.map((row) => row.tokens.subarray(from, to))).tokens
    return { rows: rows.map(({ index }) => index), block, tokens }
  }
  return {
    async logits(waiting) {
      const blockOf = ({ block }: Waiting): number => Math.floor(block[0] / blockLength)
      const last = Math.max(...waiting.map(blockOf))
      const out = new Float32Array(waiting.length * length * textSize)
      for (let b = 0; b <= last; b++) {
        const before = waiting.filter((entry) => blockOf(entry) > b && committed[entry.row.index] === b)
        if (before.length > 0) {
          const rows = before.map(({ row }) => row)
          const request = requestOf(rows, b)
          session.commit(request)
          decoding.countCommit(rows, request.tokens.length / rows.length)
          for (const { index } of rows) committed[index] = b + 1
        }
      }
      for (let b = 0; b <= last; b++) {
        const here = waiting.filter((entry) => blockOf(entry) === b)
        if (here.length === 0) continue
        const rows = here.map(({ row }) => row)
        const request = requestOf(rows, b)
        const logits = await session.denoise(request)
        decoding.countForward(rows, request.tokens.length / rows.length)
        const size = logits.length / here.length
        here.forEach((entry, k) => {
          const at = (waiting.indexOf(entry) * length + b * blockLength) * textSize
          out.set(logits.subarray(k * size, (k + 1) * size), at)
        })
      }
      return out
    },
    dispose: () => session.dispose(),
  }
}
