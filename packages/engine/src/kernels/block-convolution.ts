/**
 * @file The short convolution of block diffusion on pointers. A window is a block of a row with the clean rows to its left
 * that the taps reach: what lies right of the block is zero there, so the plain convolution over windows leaks nothing.
 */
import type { AttentionShape } from './attention.ts'
import type { ConvTaps, Kernels } from './types.ts'

/** As in `AttentionShape`: the first half of the batch is noisy, row b + B/2 is the clean text of row b. */
export interface BlockConvolutionShape extends Pick<AttentionShape, 'batch' | 'length'> {
  readonly blockLength: number
  readonly d: number
  readonly taps: ConvTaps
}

/** One block of one row, in floats: `rows` rows at `own`, preceded by `left` clean rows at `past`, in a window at `window`. */
interface Window {
  readonly own: number
  readonly past: number
  readonly window: number
  readonly rows: number
  readonly left: number
}

/** Rows left of a block that the taps reach, and rows of a window. */
function windowRows({ length, blockLength, taps }: BlockConvolutionShape): { reach: number; rows: number } {
  const reach = Math.max(0, -taps.firstOffset)
  return { reach, rows: reach + Math.min(blockLength, length) }
}

function windowsOf(shape: BlockConvolutionShape): Window[] {
  const { batch, length, blockLength, d } = shape
  const { reach, rows: windowLength } = windowRows(shape)
  const windows: Window[] = []
  for (let b = 0; b < batch; b++)
    for (let start = 0; start < length; start += blockLength) {
      const rows = Math.min(blockLength, length - start)
      const left = Math.min(reach, start)
      const clean = b < batch / 2 ? b + batch / 2 : b
      windows.push({
        own: (b * length + start) * d,
        past: (clean * length + start - left) * d,
        window: windows.length * windowLength * d,
        rows,
        left,
      })
    }
  return windows
}

/** Copies x [B·L, D] into windows [W, reach + block, D], or (own rows alone) a gradient of the output; the rest is zero. */
function gather(
  kernels: Kernels,
  x: number,
  to: number,
  shape: BlockConvolutionShape,
  windows: readonly Window[],
  withPast: boolean,
): void {
  const { reach, rows: windowLength } = windowRows(shape)
  const { d } = shape
  kernels.floats(to, windows.length * windowLength * d).fill(0)
  for (const { own, past, window, rows, left } of windows) {
    if (withPast) kernels.copyFloats(to + 4 * (window + (reach - left) * d), x + 4 * past, left * d)
    kernels.copyFloats(to + 4 * (window + reach * d), x + 4 * own, rows * d)
  }
}

/** y [B·L, D] = the convolution of x [B·L, D]; y must not be x. Takes windows [W, reach + block, D] of the heap, twice. */
export function blockConvolutionForward(
  kernels: Kernels,
  x: number,
  w: number,
  y: number,
  shape: BlockConvolutionShape,
): void {
  const { d, taps } = shape
  const { reach, rows: windowLength } = windowRows(shape)
  const windows = windowsOf(shape)
  const size = windows.length * windowLength * d
  const scratch = kernels.alloc(8 * size)
  try {
    const [joined, out] = [scratch, scratch + 4 * size]
    gather(kernels, x, joined, shape, windows, true)
    kernels.shortConvForward(joined, w, out, windows.length, windowLength, d, taps, reach)
    const written = (windowLength - reach) * d
    for (const [i, { own, rows }] of windows.entries())
      kernels.copyFloats(y + 4 * own, out + 4 * i * written, rows * d)
  } finally {
    kernels.free(scratch)
  }
}

/** dx [B·L, D] is written, dw [taps, D] is added to. Takes three times the windows of the heap. */
export function blockConvolutionBackward(
  kernels: Kernels,
  dy: number,
  x: number,
  w: number,
  dx: number,
  dw: number,
  shape: BlockConvolutionShape,
): void {
  const { batch, length, d, taps } = shape
  const { reach, rows: windowLength } = windowRows(shape)
  const windows = windowsOf(shape)
  const size = windows.length * windowLength * d
  const scratch = kernels.alloc(12 * size)
  try {
    const [joined, dOut, dJoined] = [scratch, scratch + 4 * size, scratch + 8 * size]
    gather(kernels, x, joined, shape, windows, true)
    gather(kernels, dy, dOut, shape, windows, false)
    kernels.shortConvBackward(dOut, joined, w, dJoined, dw, windows.length, windowLength, d, taps)
    kernels.floats(dx, batch * length * d).fill(0)
    const addTo = (to: number, from: number, rows: number): void => {
      if (rows > 0) kernels.addInto(dx + 4 * to, dJoined + 4 * from, dx + 4 * to, rows * d)
    }
    for (const { own, past, window, rows, left } of windows) {
      addTo(own, window + reach * d, rows)
      addTo(past, window + (reach - left) * d, left)
    }
  } finally {
    kernels.free(scratch)
  }
}
