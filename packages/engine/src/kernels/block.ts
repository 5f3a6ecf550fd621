/**
 * @file One transformer block on pointers with its gradient: some twenty kernel calls forward and forty backward, with the
 * residual sums and the sums of gradients done by the products themselves (beta = 1).
 */
import { type AttentionShape, attentionBackward, attentionForward } from './attention.ts'
import type { BlockPointers } from './inference.ts'
import type { ConvTaps, Kernels } from './types.ts'

export interface BlockShape extends AttentionShape {
  readonly mlpWidth: number
  readonly rope: { readonly cos: number; readonly sin: number }
  readonly taps: ConvTaps
  readonly epsilon: number
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

function rotate(kernels: Kernels, x: number, s: BlockShape, direction: 1 | -1): void {
  kernels.ropeForward(x, s.rope.cos, s.rope.sin, x, s.batch, s.length, s.heads, s.dh, 0, direction)
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
  const { gemm } = kernels
  kernels.rmsNormForward(x, w.attentionNorm, a.attentionNormed, a.attentionRstd, n, d, shape.epsilon)
  if (w.convolution !== 0)
    kernels.shortConvForward(
      a.attentionNormed,
      w.convolution,
      a.convolved,
      shape.batch,
      shape.length,
      d,
      shape.taps,
    )
  gemm(false, false, n, d, d, 1, a.convolved, d, w.query, d, 0, a.q, d)
  gemm(false, false, n, d, d, 1, a.convolved, d, w.key, d, 0, a.k, d)
  gemm(false, false, n, d, d, 1, a.convolved, d, w.value, d, 0, a.v, d)
  rotate(kernels, a.q, shape, 1)
  rotate(kernels, a.k, shape, 1)
  attentionForward(kernels, { q: a.q, k: a.k, v: a.v, out: a.mixed, probs: a.probs }, shape)
  kernels.copyFloats(a.middle, x, n * d)
  gemm(false, false, n, d, d, 1, a.mixed, d, w.output, d, 1, a.middle, d)
  kernels.rmsNormForward(a.middle, w.mlpNorm, a.mlpNormed, a.mlpRstd, n, d, shape.epsilon)
  gemm(false, false, n, f, d, 1, a.mlpNormed, d, w.up, f, 0, a.up, f)
  if (w.gate === 0) kernels.relu2Forward(a.up, a.hidden, n * f)
  else {
    gemm(false, false, n, f, d, 1, a.mlpNormed, d, w.gate, f, 0, a.gate, f)
    kernels.swigluForward(a.gate, a.up, a.hidden, n * f)
  }
  kernels.copyFloats(y, a.middle, n * d)
  gemm(false, false, n, d, f, 1, a.hidden, f, w.down, d, 1, y, d)
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
    const { batch, length, taps } = shape
    dNormed = dq
    kernels.floats(g.convolution, taps.taps * d).fill(0)
    kernels.shortConvBackward(
      dConvolved,
      a.attentionNormed,
      w.convolution,
      dNormed,
      g.convolution,
      batch,
      length,
      d,
      taps,
    )
  }
  kernels.floats(g.attentionNorm, d).fill(0)
  kernels.rmsNormBackward(dNormed, x, w.attentionNorm, a.attentionRstd, dk, g.attentionNorm, n, d)
  kernels.addInto(dx, dk, dx, n * d)
}
