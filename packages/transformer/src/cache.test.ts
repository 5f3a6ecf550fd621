/** A cache: what is read span by span is what the whole forward reads. */
import { type CacheSpan, concat, dispose, read, slice, type Tensor, tensor } from '@trivium/engine'
import { startEngine, stopEngine } from '@trivium/engine/node'
import { createRng } from '@trivium/random'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  backboneForward,
  cachedForward,
  createKvCache,
  disposeKvCache,
  initBackbone,
  normalTensor,
} from './index.ts'
import { expectClose, input, positionsOf, tinyConfig } from './testing.ts'

describe.each(['cpu', 'wasm'] as const)('a cache on %s', (engine) => {
  let params: ReturnType<typeof initBackbone>
  beforeAll(async () => {
    stopEngine()
    await startEngine(engine)
    params = initBackbone(tinyConfig, createRng(3))
  })

  describe.each(['swiglu', 'relu2'] as const)('causal (%s)', (mlp) => {
    const config = { ...tinyConfig, mlp, ...positionsOf(mlp === 'relu2' ? 1 : 0) }
    /** Reads spans of rows of x [B·12, 16] and holds them against the uncached forward of the whole. */
    const session = async (batch: number) => {
      const weights = initBackbone(config, createRng(5))
      const x = input(batch)
      const values = await read(x)
      const whole = await read(
        backboneForward(weights, config, x, { batch, length: 12, attention: 'causal' }),
      )
      const cache = createKvCache(config, batch, 12)
      const pick = (all: Float32Array, spans: CacheSpan[]): number[] =>
        spans.flatMap(({ row, position, length }) => [
          ...all.subarray((row * 12 + position) * 16, (row * 12 + position + length) * 16),
        ])
      const forward = (...spans: CacheSpan[]): Tensor => {
        const own = pick(values, spans)
        const at = { cache, spans, attention: 'causal' } as const
        return cachedForward(weights, config, tensor(own, [own.length / 16, 16]), at)
      }
      return {
        forward,
        check: async (...spans: CacheSpan[]) =>
          expectClose(await read(forward(...spans)), pick(whole, spans)),
        /** The same spans with other inputs: a draft that is thrown away. */
        spoil: (...spans: CacheSpan[]) => {
          const n = spans.reduce((sum, { length }) => sum + length, 0)
          const junk = normalTensor(createRng(77), [n, 16], 3)
          dispose(cachedForward(weights, config, junk, { cache, spans, attention: 'causal' }))
        },
        dispose: () => disposeKvCache(cache),
      }
    }
    const span = (row: number, position: number, length: number): CacheSpan => ({ row, position, length })

    it.each([1, 16])('gives what the uncached forward gives, at every position: batch %i', async (batch) => {
      const { check, dispose: end } = await session(batch)
      const all = Array.from({ length: batch }, (_, row) => row)
      // Prompts of 1 to 5 in one forward; then a position each, rows leaving as they come to their end.
      const prompt = (row: number): number => 1 + (row % 5)
      await check(...all.map((row) => span(row, 0, prompt(row))))
      for (let step = 0; step < 12; step++) {
        const active = all.filter((row) => prompt(row) + step < 12)
        if (active.length > 0) await check(...active.map((row) => span(row, prompt(row) + step, 1)))
      }
      end()
    })

    it('goes on with any rows, several positions at a time', async () => {
      const { check, forward, dispose: end } = await session(3)
      await check(span(0, 0, 7), span(1, 0, 2), span(2, 0, 4))
      await check(span(2, 4, 3))
      await check(span(2, 7, 1), span(0, 7, 5))
      await check(span(1, 2, 10), span(2, 8, 2))
      expect(() => forward(span(0, 10, 3))).toThrow(/holds 12 positions; 10 \+ 3/)
      expect(() => forward(span(3, 0, 1))).toThrow(
        /row 3 of the KV cache is named twice, or is none of its 3/,
      )
      expect(() => forward(span(1, 0, 1), span(1, 1, 1))).toThrow(/row 1 .* is named twice/)
      end()
    })

    it('rewinds: what was read beyond the end of a row is written over', async () => {
      const { check, spoil, dispose: end } = await session(2)
      await check(span(0, 0, 3), span(1, 0, 1))
      spoil(span(0, 3, 4), span(1, 1, 9))
      await check(span(0, 3, 2), span(1, 1, 1))
      spoil(span(1, 2, 10))
      await check(span(0, 5, 1), span(1, 2, 3))
      await check(span(0, 2, 5))
      end()
    })
  })

  it('a window of a cache sees the rest of its row as it was read last', async () => {
    const x = input(2)
    const whole = { batch: 2, length: 12, attention: 'bidirectional' } as const
    const expected = await read(backboneForward(params, tinyConfig, x, whole))
    const cache = createKvCache(tinyConfig, 2, 12)
    const look = async (from: Tensor, position: number, length: number): Promise<Float32Array> => {
      const spans = [1, 0].map((row) => ({ row, position, length, seen: 12 }))
      const place = { cache, spans, attention: 'bidirectional' } as const
      const windows = [1, 0].map((row) => slice(from, [row * 12 + position, 0], [length, 16]))
      return read(cachedForward(params, tinyConfig, concat(windows, 0), place))
    }
    const part = (from: number, to: number): number[] =>
      [1, 0].flatMap((row) => [...expected.subarray((row * 12 + from) * 16, (row * 12 + to) * 16)])
    expectClose(await look(x, 0, 12), part(0, 12))
    // Nothing has changed: exact, however often and wherever.
    for (const [from, length] of [
      [7, 5],
      [2, 4],
      [5, 1],
      [0, 3],
      [7, 5],
    ])
      expectClose(await look(x, from, length), part(from, from + length))
    expectClose(await look(x, 0, 12), part(0, 12))
    // Another vector elsewhere is not seen before the row is read whole again.
    const values = (await read(x)).slice()
    values.fill(2, 0, 16)
    const changed = tensor(values, [24, 16])
    expectClose(await look(changed, 7, 5), part(7, 12))
    await look(changed, 0, 12)
    const seen = await look(changed, 7, 5)
    expectClose(seen.subarray(0, 5 * 16), part(7, 12).slice(0, 5 * 16))
    expect(Math.max(...seen.map((y, i) => Math.abs(y - part(7, 12)[i])))).toBeGreaterThan(1e-3)
    const far = [0, 1].map((row) => ({ row, position: 0, length: 12, seen: 13 }))
    const place = { cache, spans: far, attention: 'bidirectional' } as const
    expect(() => cachedForward(params, tinyConfig, x, place)).toThrow(/12 positions cannot see 13/)
    disposeKvCache(cache)
  })
})
