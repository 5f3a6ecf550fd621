/**
 * @file Decoding with a block model: finished blocks are read once into an exact KV cache, and only the block in hand is
 * computed again at each step.
 */
import { read, type Tensor, tidy } from '@trivium/engine'
import { type BackboneConfig, InputError } from '@trivium/schema'
import {
  type CachedRows,
  cachedTokenLogits,
  cachedTokenStates,
  createKvCache,
  disposeKvCache,
  type TokenNetworkParams,
} from '@trivium/transformer'

/** One block of some rows of a session. */
export type BlockRequest = {
  /** Rows of the session, each at most once. */
  readonly rows: readonly number[]
  /** Block number b: the positions from b·S on. The blocks before it are committed. */
  readonly block: number
  /** Row-major [n, S]; MASK marks what is to be written. The last block may be shorter than S. */
  readonly tokens: Int32Array
}

/** The finished blocks of a request's rows. Rows may stand at different blocks. */
export type BlockSession = {
  /** Logits [n·S·textSize] of x₀ in the block: one forward over n·S positions. */
  denoise(request: BlockRequest): Promise<Float32Array>
  /** Reads the finished block into the cache: one forward over n·S positions. */
  commit(request: BlockRequest): void
  dispose(): void
}

/** What a block model offers beside the uncached denoiser, which gives the same logits. */
export type BlockDecoder = {
  /** S: blocks are counted from the start of the row. */
  readonly blockLength: number
  open(rows: number, length: number): BlockSession
}

export function createBlockDecoder(
  params: () => TokenNetworkParams,
  backbone: BackboneConfig,
  blockLength: number,
): BlockDecoder {
  return {
    blockLength,
    open(rows, length) {
      const cache = createKvCache(backbone, rows, length)
      // What is looked at is written over, at the latest by the finished block.
      const place = ({ rows: of, block, tokens }: BlockRequest): CachedRows => {
        const length = tokens.length / of.length
        const spans = of.map((row) => ({ row, position: block * blockLength, length }))
        return { cache, spans, attention: 'bidirectional' }
      }
      return {
        denoise: (request) =>
          readAndDispose(tidy(() => cachedTokenLogits(params(), backbone, request.tokens, place(request)))),
        commit: (request) =>
          tidy(() => void cachedTokenStates(params(), backbone, request.tokens, place(request))),
        dispose: () => disposeKvCache(cache),
      }
    },
  }
}

/**
 * @throws InputError when text is given in a later block than a free position: a block model reads from left to right, so
 * what it writes or scores would not depend on that text.
 */
export function refuseLaterText(given: readonly Uint8Array[], blockLength: number): void {
  given.forEach((flags, r) => {
    const [free, last] = [flags.indexOf(0), flags.lastIndexOf(1)]
    if (free >= 0 && Math.floor(last / blockLength) > Math.floor(free / blockLength))
      throw new InputError(
        `row ${r} has text given at position ${last}, in a later block than the gap at ${free}: this model writes blocks of ${blockLength} from left to right and cannot see it; use a model without blockLength`,
      )
  })
}

/** Downloads the values and frees the tensor. */
export async function readAndDispose(x: Tensor): Promise<Float32Array> {
  try {
    return await read(x)
  } finally {
    x.dispose()
  }
}
