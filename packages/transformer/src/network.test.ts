import {
  type CacheSpan,
  dispose,
  embedding,
  flattenParams,
  intTensor,
  linear,
  mapParams,
  memory,
  read,
  type Tensor,
  tidy,
} from '@trivium/engine'
import { startEngine, stopEngine } from '@trivium/engine/node'
import { createRng } from '@trivium/random'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  backboneForward,
  cachedTokenLogits,
  createKvCache,
  disposeKvCache,
  initBackbone,
  initTokenNetwork,
  initTrunk,
  normalTensor,
  resolveBackbone,
  type TokenNetworkParams,
  tokenLogits,
  trunkLogits,
} from './index.ts'

const config = resolveBackbone({ depth: 2, width: 16, heads: 2, mlpWidth: 24, convolution: 4, context: 12 })
const vocabulary = { size: 9, textSize: 5 }
const tokens = Int32Array.from({ length: 24 }, (_, i) => (i * 7 + (i >> 2)) % 9)
const rows = { tokens, batch: 2, length: 12 }

const expectClose = (a: ArrayLike<number>, b: ArrayLike<number>): void => {
  expect(a.length).toBe(b.length)
  for (let i = 0; i < a.length; i++) expect(Math.abs(a[i] - b[i])).toBeLessThan(1e-4)
}

describe.each(['cpu', 'wasm'] as const)('token network on %s', (engine) => {
  let params: TokenNetworkParams
  beforeAll(async () => {
    stopEngine()
    await startEngine(engine, { blas: 'off' })
    const initial = initTokenNetwork(config, vocabulary, createRng(3))
    // A head that is not zero, so that logits tell something.
    params = mapParams(initial, (x, path) =>
      path.startsWith('head.') ? normalTensor(createRng(4).fork(path), x.shape, 1) : x,
    )
  })

  it('has the names, the order and the initial values of the checkpoints', async () => {
    const initial = initTokenNetwork(config, vocabulary, createRng(3))
    const leaves = flattenParams(initial)
    const names = leaves.map(([path]) => path)
    expect(names[0]).toBe('embedding')
    expect(names[1]).toBe('backbone.blocks.0.attentionNorm')
    expect(names.slice(-3)).toEqual(['backbone.finalNorm', 'head.weight', 'head.bias'])
    const rng = createRng(3)
    const expected = new Map<string, Tensor>([
      ['embedding', normalTensor(rng.fork('embedding'), [9, 16], 1 / 4)],
      ...flattenParams({ backbone: initBackbone(config, rng.fork('backbone')) }),
    ])
    for (const [path, x] of leaves) {
      const values = await read(x)
      if (path.startsWith('head.')) expect(values.every((v) => v === 0)).toBe(true)
      else expect(values, path).toEqual(await read(expected.get(path) as Tensor))
    }
    const trunk = flattenParams(initTrunk(config, vocabulary.textSize, createRng(3)))
    expect(trunk.map(([path]) => path)).toEqual(names.slice(1))
  })

  it.each(['causal', 'bidirectional'] as const)('is embedding, backbone and head, %s', async (attention) => {
    const x = embedding(params.embedding, intTensor(tokens, [24]))
    const h = backboneForward(params.backbone, config, x, { batch: 2, length: 12, attention })
    const expected = await read(linear(h, params.head.weight, params.head.bias))
    expect(await read(tokenLogits(params, config, rows, { attention }))).toEqual(expected)
    expect(await read(trunkLogits(params, config, x, { batch: 2, length: 12, attention }))).toEqual(expected)
  })

  it('reads on from a cache, in rows of one token and of several', async () => {
    const cache = createKvCache(config, 2, 12)
    const whole = await read(tokenLogits(params, config, rows, { attention: 'causal' }))
    const of = (...spans: CacheSpan[]) => {
      const places = spans.flatMap(({ row, position, length }) =>
        Array.from({ length }, (_, i) => row * 12 + position + i),
      )
      const ids = Int32Array.from(places, (place) => tokens[place])
      const at = { cache, spans, attention: 'causal' } as const
      const rowsOf = (from: number[]): number[] => from.flatMap((p) => [...whole.subarray(p * 5, p * 5 + 5)])
      return {
        ids,
        at,
        all: rowsOf(places),
      }
    }
    for (const { ids, at, all } of [
      of({ row: 0, position: 0, length: 6 }, { row: 1, position: 0, length: 2 }),
      of({ row: 1, position: 2, length: 1 }),
      of({ row: 1, position: 3, length: 5 }, { row: 0, position: 6, length: 1 }),
      of({ row: 0, position: 4, length: 8 }),
    ])
      expectClose(await read(cachedTokenLogits(params, config, ids, at)), all)
    const beyond = of({ row: 0, position: 10, length: 3 })
    expect(() => cachedTokenLogits(params, config, beyond.ids, beyond.at)).toThrow(
      /holds 12 positions; 10 \+ 3/,
    )
    disposeKvCache(cache)
  })

  it('keeps nothing but its result inside tidy', () => {
    const run = (): void => dispose(tidy(() => tokenLogits(params, config, rows, { attention: 'causal' })))
    run()
    const before = memory().numTensors
    for (let i = 0; i < 10; i++) run()
    expect(memory().numTensors).toBe(before)
  })
})
