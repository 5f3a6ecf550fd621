/**
 * @file The backbone's blocks on pointers, forward only: a dozen kernel calls a block on one workspace, the residual
 * stream in place. Nothing is recorded and no tensor is made in between, which is what a decoding step spends its time on
 * otherwise.
 */
import { attentionCached, attentionForward } from './attention.ts'
import type { ConvTaps, Kernels } from './types.ts'

/** Byte addresses of one block's weights; 0 where the block has none. */
export interface BlockPointers {
  readonly attentionNorm: number // [D]
  readonly convolution: number // [W, D]
  readonly query: number // [D, D]
  readonly key: number
  readonly value: number
  readonly output: number
  readonly mlpNorm: number // [D]
  readonly gate: number // [D, F]; 0: relu² instead of SwiGLU
  readonly up: number // [D, F]
  readonly down: number // [F, D]
}

export interface InferenceShape {
  readonly batch: number
  /** New rows of each batch row. */
  readonly length: number
  readonly d: number
  readonly heads: number
  readonly mlpWidth: number
  readonly rope: { readonly cos: number; readonly sin: number; readonly headDim: number }
  readonly taps: ConvTaps
  readonly epsilon: number
}

/** How a block mixes positions: all rows at hand, or new rows after a cache. */
export type Mixing =
  | { readonly kind: 'full'; readonly causal: boolean; readonly blockLength?: number }
  | {
      readonly kind: 'cached'
      readonly position: number
      readonly maxLength: number
      /** By block: k, v [B, maxL, D]; history [B, W, D], the convolution's last inputs. */
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
  const { batch, length, d, mlpWidth: f, epsilon } = shape
  const n = batch * length
  const { places, floats } = workspace(shape, mixing)
  const base = kernels.alloc(4 * floats)
  try {
    const at = Object.fromEntries(places.map(([name, offset]) => [name, base + 4 * offset])) as Workspace
    blocks.forEach((block, index) => {
      kernels.rmsNormForward(h, block.attentionNorm, at.normed, at.rstd, n, d, epsilon)
      if (mixing.kind === 'full') mixFull(kernels, block, at, shape, mixing)
      else mixCached(kernels, block, at, shape, mixing, index)
      kernels.gemm(false, false, n, d, d, 1, at.mixed, d, block.output, d, 1, h, d)
      kernels.rmsNormForward(h, block.mlpNorm, at.normed, at.rstd, n, d, epsilon)
      kernels.gemm(false, false, n, f, d, 1, at.normed, d, block.up, f, 0, at.up, f)
      if (block.gate === 0) kernels.relu2Forward(at.up, at.up, n * f)
      else {
        kernels.gemm(false, false, n, f, d, 1, at.normed, d, block.gate, f, 0, at.gate, f)
        kernels.swigluForward(at.gate, at.up, at.up, n * f)
      }
      kernels.gemm(false, false, n, d, f, 1, at.up, f, block.down, d, 1, h, d)
    })
  } finally {
    kernels.free(base)
  }
}

type Workspace = Record<
  'normed' | 'rstd' | 'convolved' | 'joined' | 'q' | 'k' | 'v' | 'mixed' | 'up' | 'gate' | 'scores',
  number
>

/** Where each intermediate lies, in floats. The MLP's lie over the attention's, which are done by then. */
function workspace(
  { batch, length, d, mlpWidth: f, taps }: InferenceShape,
  mixing: Mixing,
): { places: [keyof Workspace, number][]; floats: number } {
  const n = batch * length
  const places: [keyof Workspace, number][] = []
  let end = 0
  const place = (name: keyof Workspace, size: number): void => {
    places.push([name, end])
    end += size
  }
  place('normed', n * d)
  place('rstd', n)
  const shared = end
  for (const name of ['convolved', 'q', 'k', 'v', 'mixed'] as const) place(name, n * d)
  place('joined', mixing.kind === 'cached' ? batch * (taps.taps + length) * d : 0)
  place('scores', mixing.kind === 'full' ? length * length : 0)
  const afterMixing = end
  end = shared
  place('up', n * f)
  place('gate', n * f)
  return { places, floats: Math.max(end, afterMixing) }
}

/** q, k (rotated) and v of the rows at `input`. */
function project(
  kernels: Kernels,
  block: BlockPointers,
  at: Workspace,
  input: number,
  { batch, length, d, heads, rope }: InferenceShape,
  position: number,
): void {
  const n = batch * length
  const { cos, sin, headDim } = rope
  kernels.gemm(false, false, n, d, d, 1, input, d, block.query, d, 0, at.q, d)
  kernels.gemm(false, false, n, d, d, 1, input, d, block.key, d, 0, at.k, d)
  kernels.gemm(false, false, n, d, d, 1, input, d, block.value, d, 0, at.v, d)
  for (const x of [at.q, at.k])
    kernels.ropeForward(x, cos, sin, x, batch, length, heads, headDim, position, 1)
}

function mixFull(
  kernels: Kernels,
  block: BlockPointers,
  at: Workspace,
  shape: InferenceShape,
  { causal, blockLength }: Extract<Mixing, { kind: 'full' }>,
): void {
  const { batch, length, d, heads, taps } = shape
  const convolved = block.convolution !== 0
  if (convolved) kernels.shortConvForward(at.normed, block.convolution, at.convolved, batch, length, d, taps)
  project(kernels, block, at, convolved ? at.convolved : at.normed, shape, 0)
  const pointers = { q: at.q, k: at.k, v: at.v, out: at.mixed, probs: at.scores }
  attentionForward(kernels, pointers, { batch, length, heads, dh: d / heads, causal, blockLength }, false)
}

function mixCached(
  kernels: Kernels,
  block: BlockPointers,
  at: Workspace,
  shape: InferenceShape,
  { position, maxLength, caches }: Extract<Mixing, { kind: 'cached' }>,
  index: number,
): void {
  const { batch, length, d, heads } = shape
  const { k, v, history } = caches[index]
  const convolved = block.convolution !== 0
  if (convolved) convolveCached(kernels, block.convolution, history, at, shape)
  project(kernels, block, at, convolved ? at.convolved : at.normed, shape, position)
  for (let b = 0; b < batch; b++) {
    const to = 4 * (b * maxLength + position) * d
    kernels.copyFloats(k + to, at.k + 4 * b * length * d, length * d)
    kernels.copyFloats(v + to, at.v + 4 * b * length * d, length * d)
  }
  attentionCached(
    kernels,
    { q: at.q, kCache: k, vCache: v, out: at.mixed },
    {
      batch,
      queries: length,
      keys: position + length,
      maxLength,
      heads,
      dh: d / heads,
      causalOffset: position,
    },
  )
}

/** The causal convolution continued: its last inputs come first, and are replaced. */
function convolveCached(
  kernels: Kernels,
  weights: number,
  history: number,
  at: Workspace,
  { batch, length, d, taps }: InferenceShape,
): void {
  const w = taps.taps
  const rows = w + length
  for (let b = 0; b < batch; b++) {
    const joined = at.joined + 4 * b * rows * d
    const past = history + 4 * b * w * d
    kernels.copyFloats(joined, past, w * d)
    kernels.copyFloats(joined + 4 * w * d, at.normed + 4 * b * length * d, length * d)
    kernels.copyFloats(past, joined + 4 * length * d, w * d)
  }
  kernels.shortConvForward(at.joined, weights, at.convolved, batch, rows, d, taps, w)
}
