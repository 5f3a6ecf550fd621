import * as tf from '@tensorflow/tfjs-core'
import { createRng } from '@trivium/random'
import { beforeAll, describe, expect, it } from 'vitest'
import * as e from '../../src/index.ts'
import { startEngine as startAny } from '../../src/node/index.ts'
import { describeOps } from '../../src/ops/op-suite.ts'
import { startEngine } from './start.ts'

describeOps('webgpu', startEngine)

describe('webgpu', () => {
  beforeAll(async () => {
    await startEngine()
  })

  it('is what runs, and names its device and driver', () => {
    expect(tf.getBackend()).toBe('webgpu')
    expect(e.activeEngine()).toMatchObject({ name: 'webgpu', label: 'webgpu', kernels: null })
    expect(e.activeEngine().detail).toMatch(/^\S.* \(.+\)$/)
  })

  it('computes on the device: results have no values on the host until they are read', async () => {
    const y = e.matMul2d(e.tensor([1, 2, 3, 4], [2, 2]), e.tensor([1, 1, 1, 1], [2, 2]))
    const { tensorMap } = tf.backend() as unknown as { tensorMap: WeakMap<object, { values?: unknown }> }
    expect(tensorMap.get(y.dataId)?.values ?? null).toBeNull()
    expect([...(await e.read(y))]).toEqual([3, 3, 7, 7])
  })

  it('refuses a software adapter that nobody asked for', async () => {
    if (process.env.TRIVIUM_WEBGPU !== 'software') return
    delete process.env.TRIVIUM_WEBGPU
    try {
      await expect(startAny('webgpu')).rejects.toThrow(
        /the only adapter is a software one \(.+\).*TRIVIUM_WEBGPU=software/,
      )
    } finally {
      process.env.TRIVIUM_WEBGPU = 'software'
    }
  })

  it('learns the line y = 2x + 1', async () => {
    const x = e.tensor([0, 1, 2, 3], [4, 1])
    const y = e.tensor([1, 3, 5, 7], [4, 1])
    const params = await train([e.tensor([0], [1, 1]), e.tensor([0], [1])], 300, 0.1, ([w, b]) =>
      e.mean(e.square(e.sub(e.linear(x, w, b), y))),
    )
    const [slope, offset] = await Promise.all(params.map((p) => e.readScalar(p)))
    expect(slope).toBeCloseTo(2, 2)
    expect(offset).toBeCloseTo(1, 2)
  })

  it('trains a layer of attention to copy the token two places back, which needs the positions', async () => {
    const [batch, length, vocabulary, width, heads] = [4, 12, 5, 16, 2]
    const shape = { batch, length, heads }
    const random = createRng(5)
    const draw = (label: string, dims: [number, number]): e.Tensor =>
      e.tensor(
        Float32Array.from(random.fork(label).normals(dims[0] * dims[1]), (z) => z * 0.3),
        dims,
      )
    const tables = e.ropeTables(length, width / heads, 100)
    const tokens = Int32Array.from(random.fork('tokens').uniforms(batch * length), (u) =>
      Math.floor(u * vocabulary),
    )
    const ids = e.intTensor(tokens, [tokens.length])
    const targets = e.intTensor(
      tokens.map((_, i) => (i % length < 2 ? 0 : tokens[i - 2])),
      [tokens.length],
    )
    const counted = tokens.length - 2 * batch
    const weights = e.tensor(
      Float32Array.from(tokens, (_, i) => (i % length < 2 ? 0 : 1 / counted)),
      [tokens.length],
    )
    const loss = ([table, q, k, v, gain, head]: e.Tensor[]): e.Tensor => {
      const x = e.rmsNorm(e.embedding(table, ids), gain) // [B·L, D]
      const turn = (w: e.Tensor): e.Tensor => e.rope(e.linear(x, w), tables, shape)
      const mixed = e.attention(turn(q), turn(k), e.linear(x, v), { ...shape, causal: true })
      return e.crossEntropy(e.linear(mixed, head), targets, weights)
    }
    const initial = [
      draw('table', [vocabulary, width]),
      ...['q', 'k', 'v'].map((label) => draw(label, [width, width])),
      e.tensor(new Float32Array(width).fill(1), [width]),
      draw('head', [width, vocabulary]),
    ]
    const before = await e.readScalar(e.tidy(() => loss(initial)))
    // At 0.03 the end depends on the last bit, on every engine.
    const trained = await train(initial, 100, 0.01, loss)
    const after = await e.readScalar(e.tidy(() => loss(trained)))
    expect(before).toBeGreaterThan(1)
    expect(after).toBeLessThan(0.1)
  })
})

/** AdamW on one batch. */
async function train(
  params: e.Tensor[],
  steps: number,
  learningRate: number,
  loss: (params: e.Tensor[]) => e.Tensor,
): Promise<e.Tensor[]> {
  const hyper = { learningRate, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0, gradientScale: 1 }
  let current = params.map((p) => ({ p: p.clone(), m: e.zeros(p.shape), v: e.zeros(p.shape) }))
  for (let step = 1; step <= steps; step++) {
    const xs = current.map(({ p }) => p)
    const { value, gradients } = e.valueAndGradients(() => loss(xs), xs)
    const next = current.map((c, i) => e.adamW(c.p, gradients[i], c, { ...hyper, step }))
    e.dispose([value, ...gradients, ...current.flatMap(({ p, m, v }) => [p, m, v])])
    current = next
    // As the training loop does; it also keeps the queue of the device short.
    if (step % 10 === 0) await e.readScalar(e.tidy(() => e.sum(current[0].p)))
  }
  return current.map(({ p }) => p)
}
