/**
 * @file Where a round's logits come from: whole canvases, with guidance or without; the blocks in hand behind an exact cache; or
 * the blocks in hand with the rest of the canvas as it was when they began.
 */
import {
  type Decoding,
  freePositions,
  type RowState,
  stackRows,
  type Vocabulary,
} from '@trivium/language-model'
import type { Rng } from '@trivium/random'
import type { BlockDecoder, BlockRequest } from '../blocks.ts'
import type { UniformProcess } from '../uniform.ts'
import type { WindowDecoder } from '../windows.ts'
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

/**
 * Classifier-free guidance by the given text: u + (w + 1)(c − u), where u does not see it (LLaDA 2502.09992, appendix B.1). Two network
 * evaluations a round.
 */
export function guidedCanvases(
  denoise: Denoiser,
  decoding: Decoding,
  { guidance, mask }: { readonly guidance: number; readonly mask: number },
): LogitsSource {
  return {
    async logits(waiting) {
      const rows = waiting.map(({ row }) => row)
      const hidden = rows.map(({ tokens, frozen }) =>
        tokens.map((token, i) => (frozen[i] === 1 ? mask : token)),
      )
      const both = await denoise([...rows.map(({ tokens }) => tokens), ...hidden])
      for (let n = 0; n < 2; n++) decoding.countForward(rows, rows[0].tokens.length)
      const size = both.length / 2
      return Float32Array.from(both.subarray(0, size), (c, k) => {
        const u = both[size + k]
        // What the unguided reading excludes is no direction.
        return Number.isFinite(u) ? u + (guidance + 1) * (c - u) : c
      })
    },
    dispose: () => {},
  }
}

/**
 * Whole canvases for a uniform-state network, which knows no mask: fresh noise stands where a position is open. What is given
 * is clean, t = 0; of the rest the network hears one time, that of a row with so many right tokens as are written. With `trust` it hears that what
 * is written is clean and what is open noise, t = 1: more, and exact, where a network was trained on rows with given tokens;
 * one that was trained on text alone never met two times in a row.
 */
export function noiseForMasks(
  denoise: Denoiser,
  decoding: Decoding,
  { mask, textSize }: Vocabulary,
  { process, rng, trust }: { readonly process: UniformProcess; readonly rng: Rng; readonly trust: boolean },
): LogitsSource {
  return {
    async logits(waiting) {
      const rows = waiting.map(({ row }) => row)
      const times = rows.map(({ tokens, frozen }) => {
        const free = freePositions(tokens.length, frozen)
        const written = free.filter((i) => tokens[i] !== mask).length
        const t = trust ? 1 : timeOf(process, written / free.length)
        const clean = (token: number, i: number): boolean => frozen[i] === 1 || (trust && token !== mask)
        return Float64Array.from(tokens, (token, i) => (clean(token, i) ? 0 : t))
      })
      const canvases = rows.map(({ tokens, index, forwards }) => {
        const u = rng.fork('noise', index, forwards).uniforms(tokens.length)
        return tokens.map((token, i) => (token === mask ? Math.floor(u[i] * textSize) : token))
      })
      const logits = await denoise(canvases, times)
      decoding.countForward(rows, canvases[0].length)
      return logits
    },
    dispose: () => {},
  }
}

/** The t at which a token is right with this probability, within 2⁻⁴⁰. */
function timeOf({ alpha }: UniformProcess, share: number): number {
  let [low, high] = [0, 1]
  for (let i = 0; i < 40; i++) {
    const middle = (low + high) / 2
    if (alpha(middle) > share) low = middle
    else high = middle
  }
  return high
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

/**
 * The block in hand and, unless `dual`, what lies behind it, with the rest of the canvas as it was when the block began: a row is read
 * whole once a block. Rows at the same block share a forward.
 */
export function staleContext(
  { open }: WindowDecoder,
  decoding: Decoding,
  textSize: number,
  dual: boolean,
): LogitsSource {
  const { length } = decoding.rows[0].tokens
  const session = open(decoding.rows.length, length)
  const began = new Map<number, number>()
  return {
    async logits(waiting) {
      const out = new Float32Array(waiting.length * length * textSize)
      const groups = new Map<string, Waiting[]>()
      for (const entry of waiting) {
        const key = [began.get(entry.row.index) === entry.block[0], entry.block[0], entry.block.at(-1)].join()
        groups.set(key, [...(groups.get(key) ?? []), entry])
      }
      for (const group of groups.values()) {
        const [rows, block] = [group.map(({ row }) => row), group[0].block]
        const indices = rows.map(({ index }) => index)
        const held = began.get(indices[0]) === block[0]
        const from = held ? block[0] : 0
        const to = held && dual ? (block.at(-1) as number) + 1 : length
        const { tokens } = stackRows(rows.map((row) => row.tokens.subarray(from, to)))
        const logits = await session.look(indices, from, tokens)
        decoding.countForward(rows, to - from)
        const size = logits.length / group.length
        group.forEach((entry, k) => {
          began.set(entry.row.index, block[0])
          out.set(
            logits.subarray(k * size, (k + 1) * size),
            (waiting.indexOf(entry) * length + from) * textSize,
          )
        })
      }
      return out
    },
    dispose: () => session.dispose(),
  }
}
