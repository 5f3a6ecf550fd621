/** @file The suite that every engine passes: values against closed forms, gradients against finite differences, no leaks. */
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import * as e from '../index.ts'
import { cachedAttention, cacheWrite } from './cached-attention.ts'
import { blockConvolution } from './convolution.ts'
import { checkGradients, randomTensor as random } from './gradient-check.ts'

const ids = (values: number[]): e.Tensor => e.intTensor(Int32Array.from(values), [values.length])
const close = async (actual: e.Tensor, expected: ArrayLike<number>, digits = 4): Promise<void> => {
  const values = await e.read(actual)
  expect(values.length).toBe(expected.length)
  for (let i = 0; i < values.length; i++) expect(values[i]).toBeCloseTo(expected[i], digits)
}

/** Registers the suite. `start` starts the engine; the tests read asynchronously only. */
export function describeOps(title: string, start: () => Promise<unknown>): void {
  describe(`ops on ${title}`, () => {
    beforeAll(async () => {
      await start()
    })

    it('linear', async () => {
      const x = e.tensor([1, 2, 3, 4, 5, 6], [2, 3])
      const w = e.tensor([1, 0, 0, 1, 1, 1], [3, 2])
      await close(e.linear(x, w, e.tensor([10, 20], [2])), [1 + 3 + 10, 2 + 3 + 20, 4 + 6 + 10, 5 + 6 + 20])
      await checkGradients(e.linear, [random('x', [5, 7]), random('w', [7, 3]), random('b', [3])])
      expect(() => e.matMul2d(x, x)).toThrow(/inner sizes differ/)
    })

    it('tiedLinear is linear of the transposed table', async () => {
      const x = e.tensor([1, 2, 3, 4, 5, 6], [2, 3])
      await close(e.tiedLinear(x, e.tensor([1, 0, 1, 0, 1, 1], [2, 3])), [4, 5, 10, 11])
      await checkGradients(e.tiedLinear, [random('x', [5, 7]), random('w', [3, 7])])
    })

    it("TensorFlow.js' own matMul: batches, broadcasting and flags", async () => {
      const [a, b] = [random('a', [2, 3, 4]), random('b', [5, 3])]
      const product = tf.matMul(a as tf.Tensor3D, b as unknown as tf.Tensor3D, true, true) // [2, 4, 5]
      const [y, as, bs] = await Promise.all([product, a, b].map((x) => e.read(x)))
      for (let i = 0; i < 40; i++) {
        const [batch, row, column] = [Math.floor(i / 20), Math.floor(i / 5) % 4, i % 5]
        let expected = 0
        for (let k = 0; k < 3; k++) expected += as[batch * 12 + k * 4 + row] * bs[column * 3 + k]
        expect(y[i]).toBeCloseTo(expected, 5)
      }
      expect(() => tf.matMul(a as tf.Tensor3D, b as unknown as tf.Tensor3D)).toThrow()
    })

    it('rmsNorm', async () => {
      await close(e.rmsNorm(e.tensor([3, 4], [1, 2]), e.tensor([1, 2], [2])), [
        3 / Math.sqrt(12.5),
        8 / Math.sqrt(12.5),
      ])
      await checkGradients(e.rmsNorm, [random('x', [3, 10]), random('g', [10])])
    })

    it('rope turns pairs (i, i + dh/2) by position·frequency', async () => {
      const tables = e.ropeTables(4, 4, 100)
      const x = e.tensor([1, 2, 3, 4, 1, 2, 3, 4], [2, 4])
      const turn = (a: number, b: number, angle: number): number[] => [
        a * Math.cos(angle) - b * Math.sin(angle),
        a * Math.sin(angle) + b * Math.cos(angle),
      ]
      const [a, c] = turn(1, 3, 3)
      const [b, d] = turn(2, 4, 3 * 100 ** -0.5)
      const y = e.rope(x, tables, { batch: 2, length: 1, heads: 1, offset: 3 })
      await close(y, [a, b, c, d, a, b, c, d])
      const wide = e.ropeTables(5, 6, 10)
      await checkGradients((q) => e.rope(q, wide, { batch: 2, length: 5, heads: 2 }), [random('q', [10, 12])])
    })

    it('swiglu, relu2 and add', async () => {
      await close(e.swiglu(e.tensor([2], [1, 1]), e.tensor([3], [1, 1])), [(2 / (1 + Math.exp(-2))) * 3])
      await close(e.relu2(e.tensor([-1, 3], [1, 2])), [0, 9])
      await checkGradients(e.swiglu, [random('a', [3, 7]), random('b', [3, 7])])
      await checkGradients(e.relu2, [random('a', [3, 7])])
      await checkGradients(e.add, [random('a', [3, 7]), random('b', [3, 7])])
    })

    it('rsqrt', async () => {
      await close(e.rsqrt(e.tensor([4, 0.25], [2])), [0.5, 2])
      await checkGradients((x) => e.rsqrt(e.add(e.square(x), e.scalar(1))), [random('a', [3, 7])])
    })

    it('crossEntropy and tokenNll', async () => {
      const logits = e.tensor([Math.log(1), Math.log(3), 1000, 0], [2, 2])
      await close(e.tokenNll(logits, ids([0, 0])), [Math.log(4), 0])
      const weights = e.tensor([0.5, 2], [2])
      await close(e.crossEntropy(logits, ids([1, 1]), weights), [0.5 * Math.log(4 / 3) + 2 * 1000], 2)
      const w = e.tensor([0.1, 0.7, 0, 0.3], [4])
      await checkGradients((x) => e.crossEntropy(x, ids([2, 0, 4, 4]), w), [random('l', [4, 5])])
    })

    it('scoreEntropy: against its definition in doubles, 0 for the truth', async () => {
      const [n, v] = [4, 5]
      const logits = random('l', [n, v], 2)
      const [clean, noisy, noise] = [
        [2, 0, 4, 1],
        [2, 3, 0, 1],
        [0.02, 0.3, 1.5, 40],
      ]
      const tokens = { clean: ids(clean), noisy: ids(noisy), noise: e.tensor(noise, [n]) }
      const values = await e.read(logits)
      const expected = noise.map((kappa, row) => {
        const z = Array.from(values.subarray(row * v, (row + 1) * v), Math.exp)
        const y = z.map((x) => x / z.reduce((a, b) => a + b) + kappa)
        const q = z.map((_, j) => (j === clean[row] ? 1 : 0) + kappa)
        const i = noisy[row]
        return q.reduce((sum, _, j) => {
          const [r, rTheta] = [q[j] / q[i], y[j] / y[i]]
          return sum + r * Math.log(r / rTheta) - r + rTheta
        }, 0)
      })
      for (const cost of expected) expect(cost).toBeGreaterThan(0)
      await close(e.tokenScoreEntropy(logits, tokens), expected, 3)
      const weights = e.tensor([0.1, 0.7, 0, 0.3], [n])
      const sum = expected.reduce((a, x, row) => a + x * [0.1, 0.7, 0, 0.3][row], 0)
      await close(e.scoreEntropy(logits, tokens, weights), [sum], 3)
      await checkGradients((x) => e.scoreEntropy(x, tokens, weights), [random('l', [n, v])])
      const truth = Float32Array.from({ length: n * v }, (_, k) =>
        k % v === clean[Math.floor(k / v)] ? 60 : 0,
      )
      await close(e.tokenScoreEntropy(e.tensor(truth, [n, v]), tokens), [0, 0, 0, 0], 5)
    })

    it('embedding', async () => {
      await close(e.embedding(e.tensor([1, 2, 3, 4], [2, 2]), ids([1, 0, 1])), [3, 4, 1, 2, 3, 4])
      await checkGradients((t) => e.embedding(t, ids([0, 2, 2, 1])), [random('t', [4, 6])])
    })

    it.each(['causal', 'bidirectional'] as const)('shortConvolution, %s', async (direction) => {
      const x = e.tensor([1, 10, 100, 1000], [4, 1])
      // Offsets −2, −1 or −1, +1.
      const y = e.shortConvolution(x, e.tensor([2, 3], [2, 1]), { batch: 1, length: 4, direction })
      await close(y, direction === 'causal' ? [1, 13, 132, 1320] : [31, 312, 3120, 1200])
      for (const taps of [4, 5, 8])
        await checkGradients(
          (a, w) => e.shortConvolution(a, w, { batch: 2, length: 6, direction }),
          [random('x', [12, 5]), random(`w${taps}`, [taps, 5])],
        )
    })

    it.each([true, false])('attention, causal %s', async (causal) => {
      const shape = { batch: 2, length: 5, heads: 2, causal }
      await checkGradients(
        (q, k, v) => e.attention(q, k, v, shape),
        [random('q', [10, 12]), random('k', [10, 12]), random('v', [10, 12])],
      )
      const [q, k, v] = ['q', 'k', 'v'].map((label) => random(label, [10, 12]))
      const values = await Promise.all([q, k, v].map((x) => e.read(x)))
      await close(e.attention(q, k, v, shape), bruteAttention(values, shape, 6))
    })

    it('block attention: one block is bidirectional, and the clean half of blocks of 1 is causal', async () => {
      const [q, k, v] = ['q', 'k', 'v'].map((label) => random(label, [20, 12]))
      const shape = { batch: 4, length: 5, heads: 2, causal: false }
      const values = await Promise.all([q, k, v].map((x) => e.read(x)))
      await close(
        e.attention(q, k, v, { ...shape, blockLength: 5 }),
        await e.read(e.attention(q, k, v, shape)),
      )
      const causal = await e.read(e.attention(q, k, v, { ...shape, causal: true }))
      const ones = await e.read(e.attention(q, k, v, { ...shape, blockLength: 1 }))
      for (let i = 120; i < 240; i++) expect(ones[i]).toBeCloseTo(causal[i], 4)
      for (const blockLength of [1, 2, 5, 7]) {
        const blocks = { ...shape, blockLength }
        await close(e.attention(q, k, v, blocks), bruteAttention(values, blocks, 6))
      }
      await checkGradients((a, b, c) => e.attention(a, b, c, { ...shape, blockLength: 2 }), [q, k, v])
    })

    it('blockConvolution reads its own half inside a block, the clean one left of it, nothing right of it', async () => {
      const x = e.tensor([1, 10, 100, 1000, 2, 20, 200, 2000], [8, 1])
      const shape = { batch: 2, length: 4, blockLength: 2 }
      // Offsets −1 and +1; the noisy row stands first.
      await close(blockConvolution(x, e.tensor([2, 3], [2, 1]), shape), [
        1 + 30,
        10 + 2,
        100 + 2 * 20 + 3000,
        1000 + 200,
        2 + 60,
        20 + 4,
        200 + 40 + 6000,
        2000 + 400,
      ])
      await checkGradients(
        (a, w) => blockConvolution(a, w, { batch: 2, length: 5, blockLength: 2 }),
        [random('x', [10, 3]), random('w', [4, 3])],
      )
    })

    it('cachedAttention reads what cacheWrite wrote', async () => {
      const shape = { batch: 2, length: 5, heads: 2, causal: true }
      const [q, k, v] = ['q', 'k', 'v'].map((label) => random(label, [10, 12]))
      const whole = await e.read(e.attention(q, k, v, shape))
      const span = (row: number, position: number, length: number): e.CacheSpan => ({
        row,
        position,
        length,
      })
      let [kCache, vCache] = [e.zeros([3, 7, 12]), e.zeros([3, 7, 12])]
      for (const spans of [
        [span(0, 0, 3), span(1, 0, 1)],
        [span(1, 1, 4), span(0, 3, 2)],
        [span(1, 2, 1)],
        [span(1, 3, 1), span(0, 1, 3)],
      ]) {
        const places = spans.flatMap(({ row, position, length }) =>
          Array.from({ length }, (_, i) => row * 5 + position + i),
        )
        kCache = cacheWrite(kCache, e.gatherRows(k, places), spans)
        vCache = cacheWrite(vCache, e.gatherRows(v, places), spans)
        const out = cachedAttention(e.gatherRows(q, places), kCache, vCache, {
          spans,
          heads: 2,
          causal: true,
        })
        await close(
          out,
          places.flatMap((place) => [...whole.subarray(place * 12, (place + 1) * 12)]),
        )
      }
    })

    it('adamW follows the reference update', async () => {
      const hyper = {
        learningRate: 0.1,
        beta1: 0.9,
        beta2: 0.99,
        epsilon: 1e-8,
        weightDecay: 0.5,
        step: 2,
        gradientScale: 0.5,
      }
      const [p, g, m, v] = [1, 4, 0.3, 0.2].map((x) => e.tensor([x], [1]))
      const out = e.adamW(p, g, { m, v }, hyper)
      const nextM = 0.9 * 0.3 + 0.1 * 2
      const nextV = 0.99 * 0.2 + 0.01 * 4
      await close(out.m, [nextM])
      await close(out.v, [nextV])
      await close(out.p, [1 - 0.1 * (nextM / (1 - 0.81) / Math.sqrt(nextV / (1 - 0.9801)) + 0.5)])
      const spared = e.adamW(p, g, { m, v }, hyper, e.tensor([0], [1]))
      await close(spared.p, [1 - 0.1 * (nextM / (1 - 0.81) / Math.sqrt(nextV / (1 - 0.9801)))])
      await close(e.emaUpdate(p, g, 0.75), [1.75])
    })

    it('packs tensors into one vector, takes its norm and unpacks it', async () => {
      const xs = [e.tensor([3], [1]), random('pack', [2, 3]), e.tensor([0, 4], [2, 1])]
      const vector = e.pack(xs)
      expect(vector.shape).toEqual([9])
      expect(await e.norm(e.pack([xs[0], xs[2]]))).toBeCloseTo(5, 5)
      const back = e.unpack(vector, xs)
      for (const [i, x] of xs.entries()) {
        expect(back[i].shape).toEqual(x.shape)
        await close(back[i], await e.read(x))
      }
    })

    it('leaks nothing', async () => {
      const [q, w] = [random('q', [10, 12]), random('w', [12, 12])]
      const step = (): void => {
        const { value, gradients } = e.valueAndGradients(
          () => e.sum(e.attention(e.linear(q, w), q, q, { batch: 2, length: 5, heads: 2, causal: true })),
          [q, w],
        )
        e.dispose([value, ...gradients])
      }
      step()
      const before = e.memory().numTensors
      for (let i = 0; i < 100; i++) step()
      expect(e.memory().numTensors).toBe(before)
    })
  })
}

function bruteAttention(
  [q, k, v]: Float32Array[],
  shape: { batch: number; length: number; heads: number; causal: boolean; blockLength?: number },
  dh: number,
): number[] {
  const { batch, length, heads, causal, blockLength } = shape
  const width = heads * dh
  const out = new Array<number>(batch * length * width).fill(0)
  /** Rows that a query sees. */
  const seen = (b: number, i: number): number[] =>
    Array.from({ length: 2 * length }, (_, n) => [n < length ? b : b + batch / 2, n % length])
      .filter(([row, j]) => {
        if (blockLength === undefined) return row === b && (!causal || j <= i)
        const [mine, other] = [Math.floor(i / blockLength), Math.floor(j / blockLength)]
        return row === b ? other === mine || (b >= batch / 2 && other < mine) : b < batch / 2 && other < mine
      })
      .map(([row, j]) => row * length + j)
  for (let b = 0; b < batch; b++)
    for (let h = 0; h < heads; h++)
      for (let i = 0; i < length; i++) {
        const at = (row: number, d: number): number => row * width + h * dh + d
        const keys = seen(b, i)
        const scores = keys.map((j) => {
          let s = 0
          for (let d = 0; d < dh; d++) s += q[at(b * length + i, d)] * k[at(j, d)]
          return Math.exp(s / Math.sqrt(dh))
        })
        const total = scores.reduce((a, x) => a + x, 0)
        for (let d = 0; d < dh; d++)
          out[at(b * length + i, d)] = scores.reduce((a, s, n) => a + (s / total) * v[at(keys[n], d)], 0)
      }
  return out
}
