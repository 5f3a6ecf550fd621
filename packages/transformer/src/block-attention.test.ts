/** Attention between blocks, whole and behind a cache of finished ones. */
import { read, slice, type Tensor, tensor } from '@trivium/engine'
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
import { expectClose, tinyConfig } from './testing.ts'

describe.each(['cpu', 'wasm'] as const)('block attention on %s', (engine) => {
  let params: ReturnType<typeof initBackbone>
  beforeAll(async () => {
    stopEngine()
    await startEngine(engine)
    params = initBackbone(tinyConfig, createRng(3))
  })

  const blocks = (v: Tensor, blockLength: number): Promise<Float32Array> =>
    read(
      backboneForward(params, tinyConfig, v, {
        batch: v.shape[0] / 24,
        length: 12,
        attention: 'block',
        blockLength,
      }),
    )
  const halves = (): Tensor => normalTensor(createRng(4), [24, 16], 1)
  /** Positions of both halves that change with the input at `row`. */
  const moved = async (row: number, blockLength: number): Promise<number[]> => {
    const values = (await read(halves())).slice()
    values[row * 16] += 1
    const [before, after] = [
      await blocks(halves(), blockLength),
      await blocks(tensor(values, [24, 16]), blockLength),
    ]
    return Array.from({ length: 24 }, (_, l) => l).filter((l) =>
      before.subarray(l * 16, (l + 1) * 16).some((y, i) => y !== after[l * 16 + i]),
    )
  }
  const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i)

  it('a noisy position is seen by its own noisy block alone', async () => {
    expect(await moved(7, 4)).toEqual(range(4, 8))
    expect(await moved(4, 4)).toEqual(range(4, 8))
    expect(await moved(11, 5)).toEqual(range(10, 12))
    expect(await moved(3, 1)).toEqual([3])
  })

  it('a clean position is seen by its block and later ones in the clean half, and by later ones in the noisy half', async () => {
    expect(await moved(12 + 7, 4)).toEqual([...range(8, 12), ...range(12 + 4, 24)])
    expect(await moved(12 + 3, 1)).toEqual([...range(4, 12), ...range(12 + 3, 24)])
    expect(await moved(12 + 5, 12)).toEqual(range(12, 24))
  })

  it('one block is the bidirectional forward of the noisy half', async () => {
    const whole = { batch: 1, length: 12, attention: 'bidirectional' } as const
    const noisy = backboneForward(params, tinyConfig, slice(halves(), [0, 0], [12, 16]), whole)
    for (const blockLength of [12, 99])
      expectClose((await blocks(halves(), blockLength)).subarray(0, 12 * 16), await read(noisy))
  })

  it('wants a block length', () => {
    expect(() => blocks(halves(), 0)).toThrow(/blockLength of at least 1, got 0/)
  })

  it('cached blocks equal uncached ones, looked at or kept, with rows at different blocks', async () => {
    const [noisy, clean] = [normalTensor(createRng(1), [36, 16], 1), normalTensor(createRng(2), [36, 16], 1)]
    const both = tensor([...(await read(noisy)), ...(await read(clean))], [72, 16])
    const expected = await blocks(both, 5)
    const cache = createKvCache(tinyConfig, 3, 12)
    const at = (half: 0 | 1, row: number, start: number, length: number): Float32Array =>
      expected.subarray(((3 * half + row) * 12 + start) * 16, ((3 * half + row) * 12 + start + length) * 16)
    const pick = async (x: Tensor, row: number, start: number, length: number): Promise<number[]> => [
      ...(await read(slice(x, [row * 12 + start, 0], [length, 16]))),
    ]
    const run = async (half: 0 | 1, cacheRows: number[], start: number): Promise<void> => {
      const length = Math.min(5, 12 - start)
      const source = half === 0 ? noisy : clean
      const values = await Promise.all(cacheRows.map((row) => pick(source, row, start, length)))
      const x = tensor(values.flat(), [cacheRows.length * length, 16])
      const spans = cacheRows.map((row) => ({ row, position: start, length }))
      const place = { cache, spans, attention: 'bidirectional' } as const
      const got = await read(cachedForward(params, tinyConfig, x, place))
      expectClose(
        got,
        cacheRows.flatMap((row) => [...at(half, row, start, length)]),
      )
    }
    await run(0, [0, 1, 2], 0)
    await run(1, [2, 0], 0)
    await run(0, [2], 5)
    await run(0, [1], 0)
    await run(1, [1], 0)
    await run(1, [2], 5)
    await run(0, [2], 10)
    await run(0, [0, 1], 5)
    await run(1, [1, 0], 5)
    await run(0, [0, 2, 1], 10)
    disposeKvCache(cache)
  })
})
