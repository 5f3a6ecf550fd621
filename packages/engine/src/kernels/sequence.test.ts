/** @file Rotary embedding, short convolution and attention against float64 references. */
import { beforeAll, describe, expect, it } from 'vitest'
import {
  attentionBackward,
  attentionCached,
  attentionForward,
  type CacheSpan,
  type Kernels,
} from './index.ts'
import { hole, maxError, put, randomValues, startKernels } from './testing.ts'

let kernels: Kernels
beforeAll(async () => {
  kernels = (await startKernels()).kernels
})
const get = (pointer: number, n: number): Float32Array => kernels.floats(pointer, n).slice()

const span = (row: number, position: number, length: number): CacheSpan => ({ row, position, length })

describe('rope', () => {
  it.each([
    [2, 3, 2, 8, 0],
    [1, 4, 3, 6, 2],
    [1, 2, 1, 2, 1],
  ])('B=%i L=%i H=%i dh=%i offset %i', (batch, length, heads, dh, offset) => {
    const half = dh / 2
    const x = randomValues('x', batch * length * heads * dh)
    const angle = Array.from(
      { length: (length + offset) * half },
      (_, i) => Math.floor(i / half) / 3 ** (i % half),
    )
    const [cos, sin] = [put(kernels, angle.map(Math.cos)), put(kernels, angle.map(Math.sin))]
    const [px, y, back] = [put(kernels, x), hole(kernels, x.length), hole(kernels, x.length)]
    kernels.ropeForward(px, cos, sin, y, batch, length, heads, dh, offset, 1)
    kernels.ropeForward(y, cos, sin, back, batch, length, heads, dh, offset, -1)
    const expected = Float64Array.from(x, (value, at) => {
      const lane = at % dh
      const position = offset + (Math.floor(at / (heads * dh)) % length)
      const a = angle[position * half + (lane % half)]
      return lane < half
        ? value * Math.cos(a) - x[at + half] * Math.sin(a)
        : value * Math.cos(a) + x[at - half] * Math.sin(a)
    })
    expect(maxError(get(y, x.length), expected)).toBeLessThan(1e-6)
    expect(maxError(get(back, x.length), x)).toBeLessThan(1e-6)
  })
})

describe('short convolution', () => {
  const SHAPES: [number, number, number, number, number, boolean, number[]][] = [
    [2, 6, 5, 3, -3, false, [-3, -2, -1]],
    [1, 9, 8, 8, -4, true, [-4, -3, -2, -1, 1, 2, 3, 4]],
    [2, 2, 4, 4, -4, false, [-4, -3, -2, -1]],
    [2, 7, 21, 5, -2, true, [-2, -1, 1, 2, 3]],
  ]
  it.each(SHAPES)(
    'B=%i L=%i D=%i W=%i from %i, skip %s',
    (batch, length, d, taps, firstOffset, skipCentre, offsets) => {
      const [x, w, dy] = [batch * length * d, taps * d, batch * length * d].map((n, i) =>
        randomValues(`c${i}`, n),
      )
      const [px, pw, pdy] = [put(kernels, x), put(kernels, w), put(kernels, dy)]
      const [y, dx, dw] = [
        hole(kernels, x.length),
        hole(kernels, x.length),
        put(kernels, new Float32Array(w.length)),
      ]
      const reach = { taps, firstOffset, skipCentre }
      kernels.shortConvForward(px, pw, y, batch, length, d, reach)
      kernels.shortConvBackward(pdy, px, pw, dx, dw, batch, length, d, reach)
      const [ey, edx, edw] = [Float64Array.from(x), Float64Array.from(dy), new Float64Array(w.length)]
      for (let b = 0; b < batch; b++) {
        for (let l = 0; l < length; l++) {
          offsets.forEach((offset, j) => {
            if (l + offset < 0 || l + offset >= length) return
            for (let i = 0; i < d; i++) {
              const [here, there] = [(b * length + l) * d + i, (b * length + l + offset) * d + i]
              ey[here] += w[j * d + i] * x[there]
              edx[there] += w[j * d + i] * dy[here]
              edw[j * d + i] += dy[here] * x[there]
            }
          })
        }
      }
      expect(maxError(get(y, x.length), ey)).toBeLessThan(1e-6)
      expect(maxError(get(dx, x.length), edx)).toBeLessThan(1e-6)
      // The last rows alone, as decoding wants them.
      const kept = batch * d
      const last = hole(kernels, kept)
      kernels.shortConvForward(px, pw, last, batch, length, d, reach, length - 1)
      expect([...get(last, kept)]).toEqual(
        Array.from({ length: batch }, (_, b) =>
          [...get(y, x.length)].slice(((b + 1) * length - 1) * d, (b + 1) * length * d),
        ).flat(),
      )
      expect(maxError(get(dw, w.length), edw)).toBeLessThan(2e-6)
    },
  )
})

interface Shape {
  batch: number
  length: number
  heads: number
  dh: number
  causal: boolean
  blockLength?: number
}

/** Row numbers [B·L] that the query at position l of batch row b sees. */
function seen({ batch, length, causal, blockLength }: Shape, b: number, l: number): number[] {
  if (blockLength === undefined)
    return Array.from({ length: causal ? l + 1 : length }, (_, s) => b * length + s)
  const start = l - (l % blockLength)
  const clean = b < batch / 2 ? b + batch / 2 : b
  const earlier = Array.from({ length: start }, (_, s) => clean * length + s)
  const own = Array.from({ length: Math.min(blockLength, length - start) }, (_, s) => b * length + start + s)
  return [...earlier, ...own]
}

/** out, and the gradients of Σ out·dout, in float64. */
function reference(q: Float32Array, k: Float32Array, v: Float32Array, dout: Float32Array, shape: Shape) {
  const { batch, length, heads, dh } = shape
  const d = heads * dh
  const [out, dq, dk, dv] = [0, 1, 2, 3].map(() => new Float64Array(q.length))
  for (let b = 0; b < batch; b++) {
    for (let h = 0; h < heads; h++) {
      const at = (row: number, i: number) => row * d + h * dh + i
      const dot = (x: Float32Array, r: number, y: Float32Array, s: number) => {
        let sum = 0
        for (let i = 0; i < dh; i++) sum += x[at(r, i)] * y[at(s, i)]
        return sum
      }
      for (let l = 0; l < length; l++) {
        const r = b * length + l
        const keys = seen(shape, b, l)
        const e = keys.map((s) => Math.exp(dot(q, r, k, s) / Math.sqrt(dh)))
        const total = e.reduce((x, y) => x + y)
        const dp = keys.map((s) => dot(dout, r, v, s))
        const mean = e.reduce((sum, p, j) => sum + (p / total) * dp[j], 0)
        e.forEach((p, j) => {
          const s = keys[j]
          const ds = ((p / total) * (dp[j] - mean)) / Math.sqrt(dh)
          for (let i = 0; i < dh; i++) {
            out[at(r, i)] += (p / total) * v[at(s, i)]
            dv[at(s, i)] += (p / total) * dout[at(r, i)]
            dq[at(r, i)] += ds * k[at(s, i)]
            dk[at(s, i)] += ds * q[at(r, i)]
          }
        })
      }
    }
  }
  return { out, dq, dk, dv }
}

describe('attention', () => {
  const SHAPES: Shape[] = [
    { batch: 2, length: 9, heads: 2, dh: 5, causal: false },
    { batch: 1, length: 70, heads: 2, dh: 8, causal: false },
    { batch: 2, length: 150, heads: 1, dh: 4, causal: true },
    { batch: 1, length: 5, heads: 3, dh: 8, causal: true },
    ...[1, 4, 5, 10, 16].map((blockLength) => ({
      batch: 4,
      length: 10,
      heads: 2,
      dh: 4,
      causal: false,
      blockLength,
    })),
  ]
  it.each(SHAPES)('forward and gradients, %o', (shape) => {
    const { batch, length, heads, dh, causal } = shape
    const size = batch * length * heads * dh
    const inputs = ['q', 'k', 'v', 'dout'].map((label) => randomValues(label, size).map((x) => 2 * x))
    const [q, k, v, dout] = inputs.map((values) => put(kernels, values))
    const [out, dq, dk, dv] = [0, 1, 2, 3].map(() => hole(kernels, size))
    const cells = batch * heads * length * length
    const probs = hole(kernels, cells)
    attentionForward(kernels, { q, k, v, out, probs }, shape)
    attentionBackward(kernels, { q, k, v, probs, dout, dq, dk, dv }, shape)
    const expected = reference(inputs[0], inputs[1], inputs[2], inputs[3], shape)
    expect(maxError(get(out, size), expected.out)).toBeLessThan(3e-6)
    expect(maxError(get(dq, size), expected.dq)).toBeLessThan(1e-5)
    expect(maxError(get(dk, size), expected.dk)).toBeLessThan(1e-5)
    expect(maxError(get(dv, size), expected.dv)).toBeLessThan(1e-5)
    const p = get(probs, cells)
    expect(maxError([p.reduce((a, b) => a + b)], [batch * heads * length])).toBeLessThan(1e-5)
    const future = p.filter((_, i) => causal && i % length > Math.floor(i / length) % length)
    expect(future.every((value) => value === 0)).toBe(true)
  })

  it('decoding with a cache gives what the whole sequence gives', () => {
    const shape: Shape = { batch: 2, length: 11, heads: 2, dh: 4, causal: true }
    const [d, maxLength, size] = [8, 16, 2 * 11 * 8]
    const [q, k, v] = ['q', 'k', 'v'].map((label) => randomValues(label, size))
    const expected = reference(q, k, v, new Float32Array(size), shape).out
    const padded = (x: Float32Array) => {
      const cache = new Float32Array(2 * maxLength * d).fill(Number.NaN)
      for (let b = 0; b < 2; b++) cache.set(x.subarray(b * 88, b * 88 + 88), b * maxLength * d)
      return put(kernels, cache)
    }
    const [kCache, vCache] = [padded(k), padded(v)]
    // Rows that stand at different places share a call.
    for (const spans of [
      [span(0, 0, 5), span(1, 0, 5)],
      [span(1, 5, 1), span(0, 5, 3)],
      [span(1, 7, 4)],
      [span(0, 10, 1), span(1, 2, 1)],
    ]) {
      const rows = (x: ArrayLike<number>) =>
        spans.flatMap(({ row, position, length }) =>
          Array.from(x).slice(row * 88 + position * d, row * 88 + (position + length) * d),
        )
      const wanted = rows(expected)
      const out = hole(kernels, wanted.length)
      const sizes = { spans, maxLength, heads: 2, dh: 4, causal: true }
      attentionCached(kernels, { q: put(kernels, rows(q)), kCache, vCache, out }, sizes)
      expect(maxError(get(out, wanted.length), wanted)).toBeLessThan(2e-6)
    }
  })

  it('not causal, every query sees every key of its span', () => {
    const shape: Shape = { batch: 1, length: 6, heads: 1, dh: 4, causal: false }
    const [q, k, v] = ['q', 'k', 'v'].map((label) => randomValues(label, 24))
    const out = hole(kernels, 24)
    const pointers = { q: put(kernels, q), kCache: put(kernels, k), vCache: put(kernels, v), out }
    const sizes = { spans: [span(0, 0, 6)], maxLength: 6, heads: 1, dh: 4, causal: false }
    attentionCached(kernels, pointers, sizes)
    expect(maxError(get(out, 24), reference(q, k, v, new Float32Array(24), shape).out)).toBeLessThan(2e-6)
  })
})
