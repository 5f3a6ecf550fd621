/**
 * @file The backbone's blocks on pointers, forward only: a dozen kernel calls a block on one workspace, the residual
 * stream in place. Nothing is recorded and no tensor is made in between, which is what a decoding step spends its time on
 * otherwise.
 */
import { attentionCached, attentionForward, type CacheSpan, seenBehind } from './attention.ts'
import { addMlp, type BlockPointers, convolve, projectHeads, type RotaryShape, rotate } from './block.ts'
import type { ConvTaps, Kernels } from './types.ts'

export interface InferenceShape extends Omit<RotaryShape, 'position'> {
  readonly mlpWidth: number
  readonly taps: ConvTaps
  readonly epsilon: number
}

/** How a block mixes positions: all rows at hand, or new rows after a cache. */
export type Mixing =
  | { readonly kind: 'full'; readonly causal: boolean; readonly blockLength?: number }
  | {
      readonly kind: 'cached'
      /** The rows at hand, in this order. */
      readonly spans: readonly CacheSpan[]
      readonly maxLength: number
      /** false: the new rows of a span see one another. */
      readonly causal: boolean
      /** By block: k, v [B, maxL, D]; history [B, W + maxL, D], the convolution's inputs behind W rows of zeros. */
      readonly caches: readonly { readonly k: number; readonly v: number; readonly history: number }[]
    }

/** h [B·L, D] → all blocks, in place. Takes `workspaceFloats` of the heap while it runs. */
export function inferBlocks(
  kernels: Kernels,
  h: number,
  blocks: readonly BlockPointers[],
  shape: InferenceShape,
  mixing: Mixing,
): void {
  const { batch, length, heads, dh, mlpWidth: f, epsilon } = shape
  const [n, d] = [batch * length, heads * dh]
  const { places, floats } = workspace(shape, mixing)
  const base = kernels.alloc(4 * floats)
  try {
    const at = Object.fromEntries(places.map(([name, offset]) => [name, base + 4 * offset])) as Workspace
    const wide = { mlpNormed: at.normed, mlpRstd: at.rstd, gate: at.gate, up: at.up, hidden: at.up }
    blocks.forEach((block, index) => {
      kernels.rmsNormForward(h, block.attentionNorm, at.normed, at.rstd, n, d, epsilon)
      if (mixing.kind === 'full') mixFull(kernels, block, at, shape, mixing)
      else mixCached(kernels, block, at, shape, mixing, index)
      kernels.gemm(false, false, n, d, d, 1, at.mixed, d, block.output, d, 1, h, d)
      addMlp(kernels, h, h, block, wide, { n, d, f, epsilon })
    })
  } finally {
    kernels.free(base)
  }
}

type Workspace = Record<
  'normed' | 'rstd' | 'convolved' | 'q' | 'k' | 'v' | 'mixed' | 'up' | 'gate' | 'scores',
  number
>

/** Where each intermediate lies, in floats. The MLP's lie over the attention's, which are done by then. */
function workspace(
  { batch, length, heads, dh, mlpWidth: f, taps }: InferenceShape,
  mixing: Mixing,
): { places: [keyof Workspace, number][]; floats: number } {
  const [n, d] = [batch * length, heads * dh]
  const places: [keyof Workspace, number][] = []
  let end = 0
  const place = (name: keyof Workspace, size: number): void => {
    places.push([name, end])
    end += size
  }
  place('normed', n * d)
  place('rstd', n)
  const shared = end
  // A span's convolution goes on to what it sees behind itself; nobody reads that.
  place('convolved', (n + (mixing.kind === 'cached' ? taps.taps : 0)) * d)
  for (const name of ['q', 'k', 'v', 'mixed'] as const) place(name, n * d)
  place('scores', mixing.kind === 'full' ? length * length : 0)
  const afterMixing = end
  end = shared
  place('up', n * f)
  place('gate', n * f)
  return { places, floats: Math.max(end, afterMixing) }
}

function mixFull(
  kernels: Kernels,
  block: BlockPointers,
  at: Workspace,
  shape: InferenceShape,
  { causal, blockLength }: Extract<Mixing, { kind: 'full' }>,
): void {
  const { batch, length, heads, dh } = shape
  const convolved = block.convolution !== 0
  if (convolved) convolve(kernels, at.normed, block.convolution, at.convolved, { ...shape, blockLength })
  projectHeads(kernels, convolved ? at.convolved : at.normed, block, at, {
    n: batch * length,
    d: heads * dh,
  })
  rotate(kernels, at.q, shape, 1)
  rotate(kernels, at.k, shape, 1)
  const pointers = { q: at.q, k: at.k, v: at.v, out: at.mixed, probs: at.scores }
  attentionForward(kernels, pointers, { batch, length, heads, dh, causal, blockLength }, false)
}

function mixCached(
  kernels: Kernels,
  block: BlockPointers,
  at: Workspace,
  shape: InferenceShape,
  mixing: Extract<Mixing, { kind: 'cached' }>,
  index: number,
): void {
  const { batch, length: rows, heads, dh } = shape
  const [n, d] = [batch * rows, heads * dh]
  const { spans, maxLength, causal, caches } = mixing
  const { k, v, history } = caches[index]
  const convolved = block.convolution !== 0
  if (convolved) convolveCached(kernels, block.convolution, history, at, shape, mixing)
  projectHeads(kernels, convolved ? at.convolved : at.normed, block, at, { n, d })
  let done = 0
  for (const { row, position, length } of spans) {
    const turned = { ...shape, batch: 1, length, position }
    rotate(kernels, at.q + 4 * done * d, turned, 1)
    rotate(kernels, at.k + 4 * done * d, turned, 1)
    const to = 4 * (row * maxLength + position) * d
    kernels.copyFloats(k + to, at.k + 4 * done * d, length * d)
    kernels.copyFloats(v + to, at.v + 4 * done * d, length * d)
    done += length
  }
  attentionCached(
    kernels,
    { q: at.q, kCache: k, vCache: v, out: at.mixed },
    { spans, maxLength, heads, dh, causal },
  )
}

/** The convolution continued: a span's inputs go behind those that its row holds. */
function convolveCached(
  kernels: Kernels,
  weights: number,
  history: number,
  at: Workspace,
  { heads, dh, taps }: InferenceShape,
  { spans, maxLength }: Extract<Mixing, { kind: 'cached' }>,
): void {
  const d = heads * dh
  const w = taps.taps
  let done = 0
  for (const span of spans) {
    const { row, position, length } = span
    const window = history + 4 * (row * (w + maxLength) + position) * d
    kernels.copyFloats(window + 4 * w * d, at.normed + 4 * done * d, length * d)
    const rows = w + length + seenBehind(span, w)
    kernels.shortConvForward(window, weights, at.convolved + 4 * done * d, 1, rows, d, taps, w)
    done += length
  }
}
