/**
 * @file One transformer block on pointers with its gradient: some twenty kernel calls forward and forty backward, with the
 * residual sums and the sums of gradients done by the products themselves (beta = 1).
 */
import { type AttentionShape, attentionBackward, attentionForward } from './attention.ts'
import { blockConvolutionBackward, blockConvolutionForward } from './block-convolution.ts'
import type { ConvTaps, Kernels } from './types.ts'

/** Rows of heads and the tables that turn them; `position` (0) is that of the first row. */
export interface RotaryShape extends Pick<AttentionShape, 'batch' | 'length' | 'heads' | 'dh'> {
  readonly rope: { readonly cos: number; readonly sin: number }
  readonly position?: number
}

export interface BlockShape extends AttentionShape, RotaryShape {
  readonly mlpWidth: number
  readonly taps: ConvTaps
  readonly epsilon: number
}

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

/** What forward writes and backward reads: addresses of [N, D] unless said otherwise, N = B·L. */
export interface BlockActivations {
  readonly attentionNormed: number
  readonly attentionRstd: number // [N]
  /** The convolution's output; `attentionNormed` itself without one. */
  readonly convolved: number
  readonly q: number
  readonly k: number
  readonly v: number
  readonly probs: number // [B, H, L, L]
  readonly mixed: number
  readonly middle: number // the residual stream between attention and MLP
  readonly mlpNormed: number
  readonly mlpRstd: number // [N]
  readonly gate: number // [N, F], 0 for relu²
  readonly up: number // [N, F]
  readonly hidden: number // [N, F]
}

const sizes = ({ batch, length, heads, dh, mlpWidth }: BlockShape): { n: number; d: number; f: number } => ({
  n: batch * length,
  d: heads * dh,
  f: mlpWidth,
})

/** Rotates x [B·L, H·dh] by its positions, in place. */
export function rotate(kernels: Kernels, x: number, s: RotaryShape, direction: 1 | -1): void {
  const { rope, batch, length, heads, dh, position = 0 } = s
  kernels.ropeForward(x, rope.cos, rope.sin, x, batch, length, heads, dh, position, direction)
}

/** q, k and v [N, D] of the rows at `input`, not yet rotated. */
export function projectHeads(
  kernels: Kernels,
  input: number,
  w: Pick<BlockPointers, 'query' | 'key' | 'value'>,
  to: { readonly q: number; readonly k: number; readonly v: number },
  { n, d }: { readonly n: number; readonly d: number },
): void {
  kernels.gemm(false, false, n, d, d, 1, input, d, w.query, d, 0, to.q, d)
  kernels.gemm(false, false, n, d, d, 1, input, d, w.key, d, 0, to.k, d)
  kernels.gemm(false, false, n, d, d, 1, input, d, w.value, d, 0, to.v, d)
}

/** into [N, D] += MLP(norm(from)); the two may be one. `hidden` may be `up`. */
export function addMlp(
  kernels: Kernels,
  from: number,
  into: number,
  w: Pick<BlockPointers, 'mlpNorm' | 'gate' | 'up' | 'down'>,
  a: Pick<BlockActivations, 'mlpNormed' | 'mlpRstd' | 'gate' | 'up' | 'hidden'>,
  { n, d, f, epsilon }: { n: number; d: number; f: number; epsilon: number },
): void {
  const { gemm } = kernels
  kernels.rmsNormForward(from, w.mlpNorm, a.mlpNormed, a.mlpRstd, n, d, epsilon)
  gemm(false, false, n, f, d, 1, a.mlpNormed, d, w.up, f, 0, a.up, f)
  if (w.gate === 0) kernels.relu2Forward(a.up, a.hidden, n * f)
  else {
    gemm(false, false, n, f, d, 1, a.mlpNormed, d, w.gate, f, 0, a.gate, f)
    kernels.swigluForward(a.gate, a.up, a.hidden, n * f)
  }
  gemm(false, false, n, d, f, 1, a.hidden, f, w.down, d, 1, into, d)
}

/** y [N, D] = the short convolution of x [N, D], over whole rows or, with block attention, block by block. */
export function convolve(
  kernels: Kernels,
  x: number,
  w: number,
  y: number,
  shape: Pick<BlockShape, 'batch' | 'length' | 'heads' | 'dh' | 'taps' | 'blockLength'>,
): void {
  const { batch, length, heads, dh, taps, blockLength } = shape
  const d = heads * dh
  if (blockLength === undefined) kernels.shortConvForward(x, w, y, batch, length, d, taps)
  else blockConvolutionForward(kernels, x, w, y, { batch, length, d, taps, blockLength })
}

/** dx [N, D] is written, dw [W, D] is added to. */
function convolveBackward(
  kernels: Kernels,
  dy: number,
  x: number,
  w: number,
  dx: number,
  dw: number,
  { batch, length, heads, dh, taps, blockLength }: BlockShape,
): void {
  const d = heads * dh
  if (blockLength === undefined) kernels.shortConvBackward(dy, x, w, dx, dw, batch, length, d, taps)
  else blockConvolutionBackward(kernels, dy, x, w, dx, dw, { batch, length, d, taps, blockLength })
}

/** y [N, D] = block(x), all activations written. */
export function blockForward(
  kernels: Kernels,
  x: number,
  y: number,
  w: BlockPointers,
  a: BlockActivations,
  shape: BlockShape,
): void {
  const { n, d, f } = sizes(shape)
  const { epsilon } = shape
  kernels.rmsNormForward(x, w.attentionNorm, a.attentionNormed, a.attentionRstd, n, d, epsilon)
  if (w.convolution !== 0) convolve(kernels, a.attentionNormed, w.convolution, a.convolved, shape)
  projectHeads(kernels, a.convolved, w, a, { n, d })
  rotate(kernels, a.q, shape, 1)
  rotate(kernels, a.k, shape, 1)
  attentionForward(kernels, { q: a.q, k: a.k, v: a.v, out: a.mixed, probs: a.probs }, shape)
  kernels.copyFloats(a.middle, x, n * d)
  kernels.gemm(false, false, n, d, d, 1, a.mixed, d, w.output, d, 1, a.middle, d)
  kernels.copyFloats(y, a.middle, n * d)
  addMlp(kernels, a.middle, y, w, a, { n, d, f, epsilon })
}

/** Where the gradients of the weights go; written, not added to. 0 where the block has no such weight. */
export type BlockGradients = BlockPointers

/** dx [N, D] and the gradients of all weights, from dy [N, D]. Takes 4·N·D + 3·N·F floats of the heap while it runs. */
export function blockBackward(
  kernels: Kernels,
  x: number,
  dy: number,
  dx: number,
  w: BlockPointers,
  a: BlockActivations,
  g: BlockGradients,
  shape: BlockShape,
): void {
  const { n, d, f } = sizes(shape)
  const base = kernels.alloc(4 * (4 * n * d + 3 * n * f))
  try {
    const at = (i: number): number => base + 4 * i * n * d
    // The gradient of the stream between the halves is made in dx.
    mlpBackward(kernels, dy, dx, w, a, g, shape, { dNormed: at(0), wide: at(4) })
    attentionHalfBackward(kernels, x, dx, w, a, g, shape, [at(0), at(1), at(2), at(3)])
  } finally {
    kernels.free(base)
  }
}

/** dm [N, D] = dy + what flows through the MLP. `wide` is scratch of [3, N, F]. */
function mlpBackward(
  kernels: Kernels,
  dy: number,
  dm: number,
  w: BlockPointers,
  a: BlockActivations,
  g: BlockGradients,
  shape: BlockShape,
  { dNormed, wide }: { dNormed: number; wide: number },
): void {
  const { n, d, f } = sizes(shape)
  const { gemm } = kernels
  const [dHidden, dUp, dGate] = [wide, wide + 4 * n * f, wide + 8 * n * f]
  gemm(false, true, n, f, d, 1, dy, d, w.down, d, 0, dHidden, f)
  gemm(true, false, f, d, n, 1, a.hidden, f, dy, d, 0, g.down, d)
  if (w.gate === 0) kernels.relu2Backward(dHidden, a.up, dUp, n * f)
  else kernels.swigluBackward(dHidden, a.gate, a.up, dGate, dUp, n * f)
  gemm(true, false, d, f, n, 1, a.mlpNormed, d, dUp, f, 0, g.up, f)
  gemm(false, true, n, d, f, 1, dUp, f, w.up, f, 0, dNormed, d)
  if (w.gate !== 0) {
    gemm(true, false, d, f, n, 1, a.mlpNormed, d, dGate, f, 0, g.gate, f)
    gemm(false, true, n, d, f, 1, dGate, f, w.gate, f, 1, dNormed, d)
  }
  kernels.floats(g.mlpNorm, d).fill(0)
  kernels.rmsNormBackward(dNormed, a.middle, w.mlpNorm, a.mlpRstd, dm, g.mlpNorm, n, d)
  kernels.addInto(dm, dy, dm, n * d)
}

/** dx [N, D], which holds the gradient of the middle stream, becomes that of x. */
function attentionHalfBackward(
  kernels: Kernels,
  x: number,
  dx: number,
  w: BlockPointers,
  a: BlockActivations,
  g: BlockGradients,
  shape: BlockShape,
  [dMixed, dq, dk, dv]: readonly [number, number, number, number],
): void {
  const { n, d } = sizes(shape)
  const { gemm } = kernels
  gemm(true, false, d, d, n, 1, a.mixed, d, dx, d, 0, g.output, d)
  gemm(false, true, n, d, d, 1, dx, d, w.output, d, 0, dMixed, d)
  attentionBackward(kernels, { q: a.q, k: a.k, v: a.v, probs: a.probs, dout: dMixed, dq, dk, dv }, shape)
  rotate(kernels, dq, shape, -1)
  rotate(kernels, dk, shape, -1)
  const dConvolved = dMixed
  for (const [gradient, weight, into, beta] of [
    [dq, w.query, g.query, 0],
    [dk, w.key, g.key, 1],
    [dv, w.value, g.value, 1],
  ]) {
    gemm(true, false, d, d, n, 1, a.convolved, d, gradient, d, 0, into, d)
    gemm(false, true, n, d, d, 1, gradient, d, weight, d, beta, dConvolved, d)
  }
  let dNormed = dConvolved
  if (w.convolution !== 0) {
    dNormed = dq
    kernels.floats(g.convolution, shape.taps.taps * d).fill(0)
    convolveBackward(kernels, dConvolved, a.attentionNormed, w.convolution, dNormed, g.convolution, shape)
  }
  kernels.floats(g.attentionNorm, d).fill(0)
  kernels.rmsNormBackward(dNormed, x, w.attentionNorm, a.attentionRstd, dk, g.attentionNorm, n, d)
  kernels.addInto(dx, dk, dx, n * d)
}
