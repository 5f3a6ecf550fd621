/** @file Where a round's logits come from: whole canvases, or the blocks in hand behind an exact cache. */
import { type Decoding, type RowState, stackRows } from '@trivium/language-model'
import type { BlockDecoder, BlockRequest } from '../blocks.ts'
import type { Denoiser } from './decode.ts'

/** A row that waits, and the positions of the block in hand. */
export type Waiting = { readonly row: RowState; readonly block: readonly number[] }

export type LogitsSource = {
  /** Logits [n·L·textSize] of the rows that wait; only those of their blocks in hand need be there. Counts what it costs. */
  logits(waiting: readonly Waiting[]): Promise<Float32Array>
  dispose(): void
}

export function wholeCanvases(denoise: Denoiser, decoding: Decoding): LogitsSource {
  return {
    async logits(waiting) {
      const logits = await denoise(waiting.map(({ row }) => row.tokens))
      decoding.countForward(waiting.length * waiting[0].row.tokens.length)
      return logits
    },
    dispose: () => {},
  }
}

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
          const request = requestOf(
            before.map(({ row }) => row),
            b,
          )
          session.commit(request)
          decoding.countCommit(request.tokens.length)
          for (const { row } of before) committed[row.index] = b + 1
        }
      }
      for (let b = 0; b <= last; b++) {
        const here = waiting.filter((entry) => blockOf(entry) === b)
        if (here.length === 0) continue
        const request = requestOf(
          here.map(({ row }) => row),
          b,
        )
        const logits = await session.denoise(request)
        decoding.countForward(request.tokens.length)
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
