/** @file Row-wise and elementwise kernels against float64 references, with sizes that leave tails. */
import { InputError } from '@trivium/schema'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Kernels } from './index.ts'
import { hole, maxError, put, putInts, randomValues, startKernels } from './testing.ts'

let kernels: Kernels
beforeAll(async () => {
  kernels = (await startKernels()).kernels
})
const get = (pointer: number, n: number): Float32Array => kernels.floats(pointer, n).slice()

describe('exp', () => {
  it('is within 2e-7 of Math.exp on [-87, 88]', () => {
    const x = Float32Array.from({ length: 175_001 }, (_, i) => -87 + i / 1000)
    const y = hole(kernels, x.length)
    kernels.expInto(put(kernels, x), y, x.length)
    const got = get(y, x.length)
    let worst = 0
    for (let i = 0; i < x.length; i++) worst = Math.max(worst, Math.abs(got[i] / Math.exp(x[i]) - 1))
    expect(worst).toBeLessThan(2e-7)
  })

  it('underflows to zero, saturates and keeps NaN', () => {
    const y = hole(kernels, 6)
    kernels.expInto(put(kernels, [-87.4, -1000, Number.NEGATIVE_INFINITY, 0, 1000, Number.NaN]), y, 6)
    const got = get(y, 6)
    expect([...got.subarray(0, 4)]).toEqual([0, 0, 0, 1])
    expect(got[4]).toBeGreaterThan(2e38)
    expect(got[5]).toBeNaN()
  })
})

describe('rmsNorm', () => {
  it.each([
    [3, 8],
    [5, 13],
    [2, 1],
  ])('forward and gradients, N=%i D=%i', (n, d) => {
    const [x, dy] = [randomValues(`x${d}`, n * d), randomValues(`dy${d}`, n * d)]
    const gain = randomValues(`g${d}`, d)
    const [px, pg, pdy] = [put(kernels, x), put(kernels, gain), put(kernels, dy)]
    const [y, rstd, dx] = [hole(kernels, n * d), hole(kernels, n), hole(kernels, n * d)]
    const dgain = put(kernels, new Float32Array(d))
    kernels.rmsNormForward(px, pg, y, rstd, n, d, 1e-5)
    kernels.rmsNormBackward(pdy, px, pg, rstd, dx, dgain, n, d)
    const expectedY = new Float64Array(n * d)
    const expectedDx = new Float64Array(n * d)
    const expectedDgain = new Float64Array(d)
    for (let i = 0; i < n; i++) {
      let [square, dot] = [0, 0]
      for (let j = 0; j < d; j++) {
        square += x[i * d + j] ** 2
        dot += dy[i * d + j] * gain[j] * x[i * d + j]
      }
      const r = 1 / Math.sqrt(square / d + 1e-5)
      for (let j = 0; j < d; j++) {
        const at = i * d + j
        expectedY[at] = x[at] * r * gain[j]
        expectedDx[at] = r * gain[j] * dy[at] - (x[at] * r ** 3 * dot) / d
        expectedDgain[j] += dy[at] * x[at] * r
      }
    }
    expect(maxError(get(y, n * d), expectedY)).toBeLessThan(1e-6)
    expect(maxError(get(dx, n * d), expectedDx)).toBeLessThan(2e-6)
    expect(maxError(get(dgain, d), expectedDgain)).toBeLessThan(1e-6)
  })
})

/** log softmax of one row in float64. */
function logSoftmax(row: ArrayLike<number>): Float64Array {
  const top = Math.max(...Array.from(row))
  const sum = Array.from(row).reduce((s, v) => s + Math.exp(v - top), 0)
  return Float64Array.from(row, (v) => v - top - Math.log(sum))
}

describe('cross-entropy', () => {
  it.each([
    [4, 16],
    [6, 11],
    [3, 3],
    [2, 1],
  ])('N=%i V=%i', (n, v) => {
    const logits = randomValues(`l${v}`, n * v).map((z) => 20 * z)
    const targets = Array.from({ length: n }, (_, i) => (i * 5) % v)
    const weights = randomValues(`w${v}`, n).map((w, i) => (i === 1 ? 0 : w))
    const [pl, pt, pw] = [put(kernels, logits), putInts(kernels, targets), put(kernels, weights)]
    const [nll, dl] = [n, n * v].map((size) => hole(kernels, size))
    const total = kernels.crossEntropyForward(pl, pt, pw, nll, n, v)
    kernels.crossEntropyBackward(pl, pt, pw, 0.5, dl, n, v)
    const expected = Array.from({ length: n }, (_, i) => logSoftmax(logits.subarray(i * v, i * v + v)))
    const expectedNll = expected.map((row, i) => 0 - row[targets[i]])
    const expectedTotal = expectedNll.reduce((sum, value, i) => sum + weights[i] * value, 0)
    const gradient = expected.flatMap((row, i) =>
      Array.from(row, (z, j) => 0.5 * weights[i] * (Math.exp(z) - (j === targets[i] ? 1 : 0))),
    )
    expect(maxError(get(nll, n), expectedNll)).toBeLessThan(1e-6)
    expect(maxError([total], [expectedTotal])).toBeLessThan(1e-6)
    expect(maxError(get(dl, n * v), gradient)).toBeLessThan(1e-6)
    expect(
      maxError([kernels.crossEntropyForward(pl, pt, 0, nll, n, v)], [expectedNll.reduce((a, b) => a + b)]),
    ).toBeLessThan(1e-6)
  })

  it('is safe with huge and with minus infinite logits', () => {
    const logits = put(kernels, [1e4, 1e4, -1e4, Number.NEGATIVE_INFINITY, 0, Number.NEGATIVE_INFINITY])
    const nll = hole(kernels, 2)
    kernels.crossEntropyForward(logits, putInts(kernels, [0, 1]), 0, nll, 2, 3)
    expect(maxError(get(nll, 2), [Math.LN2, 0])).toBeLessThan(1e-7)
    const [targets, gradient] = [putInts(kernels, [0, 1]), hole(kernels, 6)]
    kernels.crossEntropyBackward(logits, targets, 0, 1, gradient, 2, 3)
    expect([...get(gradient, 6)]).toEqual([-0.5, 0.5, 0, 0, 0, 0])
  })

  it('refuses a target outside the vocabulary', () => {
    const [logits, targets, nll] = [hole(kernels, 8), putInts(kernels, [1, 4]), hole(kernels, 2)]
    expect(() => kernels.crossEntropyForward(logits, targets, 0, nll, 2, 4)).toThrow(InputError)
    expect(() => kernels.crossEntropyForward(logits, targets, 0, nll, 2, 4)).toThrow(
      /target\[1\] is 4; .*\[0, 4\)/,
    )
  })
})

describe('embedding', () => {
  it.each([1, 7, 12])('looks rows up and adds gradients of repeated ids, D=%i', (d) => {
    const [v, ids] = [5, [3, 0, 3, 4]]
    const [table, dy] = [randomValues('table', v * d), randomValues('dy', ids.length * d)]
    const [pids, y, dtable] = [
      putInts(kernels, ids),
      hole(kernels, ids.length * d),
      put(kernels, new Float32Array(v * d)),
    ]
    kernels.embeddingForward(put(kernels, table), pids, y, ids.length, d, v)
    kernels.embeddingBackward(put(kernels, dy), pids, dtable, ids.length, d, v)
    const expectedY = ids.flatMap((id) => [...table.subarray(id * d, id * d + d)])
    const expectedTable = new Float64Array(v * d)
    ids.forEach((id, i) => {
      for (let j = 0; j < d; j++) expectedTable[id * d + j] += dy[i * d + j]
    })
    expect([...get(y, ids.length * d)]).toEqual(expectedY)
    expect(maxError(get(dtable, v * d), expectedTable)).toBeLessThan(1e-6)
  })

  it('refuses ids outside the table', () => {
    const [p, ids] = [hole(kernels, 8), putInts(kernels, [0, -1])]
    expect(() => kernels.embeddingForward(p, ids, p, 2, 2, 2)).toThrow(/id\[1\] is -1/)
    expect(() => kernels.embeddingBackward(p, ids, p, 2, 2, 2)).toThrow(InputError)
  })
})

describe('elementwise', () => {
  it.each([1, 4, 37])('swiglu and relu², n=%i', (n) => {
    const [a, b, dy] = ['a', 'b', 'c'].map((label) => randomValues(label, n).map((x) => 6 * x))
    const [pa, pb, pdy] = [put(kernels, a), put(kernels, b), put(kernels, dy)]
    const [y, da, db] = [hole(kernels, n), hole(kernels, n), hole(kernels, n)]
    const sigmoid = Array.from(a, (x) => 1 / (1 + Math.exp(-x)))
    kernels.swigluForward(pa, pb, y, n)
    kernels.swigluBackward(pdy, pa, pb, da, db, n)
    const expected = Array.from(a, (x, i) => x * sigmoid[i] * b[i])
    const slope = Array.from(a, (x, i) => dy[i] * b[i] * sigmoid[i] * (1 + x * (1 - sigmoid[i])))
    expect(maxError(get(y, n), expected)).toBeLessThan(1e-6)
    expect(maxError(get(da, n), slope)).toBeLessThan(2e-6)
    expect(
      maxError(
        get(db, n),
        Array.from(a, (x, i) => dy[i] * x * sigmoid[i]),
      ),
    ).toBeLessThan(1e-6)
    kernels.relu2Forward(pa, y, n)
    kernels.relu2Backward(pdy, pa, da, n)
    expect(
      maxError(
        get(y, n),
        Array.from(a, (x) => Math.max(x, 0) ** 2),
      ),
    ).toBeLessThan(1e-6)
    expect(
      maxError(
        get(da, n),
        Array.from(a, (x, i) => 2 * Math.max(x, 0) * dy[i]),
      ),
    ).toBeLessThan(1e-6)
  })

  it('silu stays finite far out', () => {
    const [a, one, y] = [put(kernels, [-1e4, -100, 100, 1e4]), put(kernels, [1, 1, 1, 1]), hole(kernels, 4)]
    kernels.swigluForward(a, one, y, 4)
    expect(maxError(get(y, 4), [0, 0, 100, 1e4])).toBeLessThan(1e-6)
  })

  it.each([
    [3, false],
    [8, true],
    [21, true],
  ])('adamw in place, n=%i, decay chosen by weight: %s', (n, chosen) => {
    const mask = Array.from({ length: n }, (_, i) => (chosen ? i % 2 : 1))
    const decayed = chosen ? put(kernels, mask) : 0
    const [p, g, m] = ['p', 'g', 'm'].map((label) => randomValues(label, n))
    const v = randomValues('v', n).map((x) => x * x)
    const [pp, pg, pm, pv] = [p, g, m, v].map((values) => put(kernels, values))
    const s = { lr: 0.01, beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0.1, gradScale: 0.5 }
    const [c1, c2] = [1 - s.beta1 ** 3, 1 - s.beta2 ** 3]
    const settings = { ...s, biasCorrection1: c1, biasCorrection2: c2 }
    kernels.adamw({ p: pp, g: pg, m: pm, v: pv, decayed, pOut: pp, mOut: pm, vOut: pv }, n, settings)
    const newM = Array.from(m, (x, i) => s.beta1 * x + (1 - s.beta1) * 0.5 * g[i])
    const newV = Array.from(v, (x, i) => s.beta2 * x + (1 - s.beta2) * (0.5 * g[i]) ** 2)
    const newP = Array.from(
      p,
      (x, i) => x - s.lr * (newM[i] / c1 / (Math.sqrt(newV[i] / c2) + s.eps) + s.weightDecay * mask[i] * x),
    )
    expect(maxError(get(pm, n), newM)).toBeLessThan(1e-6)
    expect(maxError(get(pv, n), newV)).toBeLessThan(1e-6)
    expect(maxError(get(pp, n), newP)).toBeLessThan(1e-6)
  })

  it.each([2, 16, 1027])('ema, sum of squares and addition, n=%i', (n) => {
    const [a, b] = [randomValues('a', n), randomValues('b', n)]
    const [pa, pb, y] = [put(kernels, a), put(kernels, b), hole(kernels, n)]
    kernels.ema(pa, pb, y, n, 0.75)
    expect(
      maxError(
        get(y, n),
        Array.from(a, (x, i) => 0.75 * x + 0.25 * b[i]),
      ),
    ).toBeLessThan(1e-6)
    kernels.addInto(pa, pb, y, n)
    expect([...get(y, n)]).toEqual(Array.from(a, (x, i) => Math.fround(x + b[i])))
    expect(Math.abs(kernels.sumSquares(pa, n) - Array.from(a).reduce((s, x) => s + x * x, 0))).toBeLessThan(
      1e-9 * n,
    )
  })
})
