import {
  add,
  type CacheSpan,
  concat,
  countParams,
  dispose,
  disposeParams,
  flattenParams,
  keep,
  memory,
  mul,
  read,
  reshape,
  slice,
  sum,
  type Tensor,
  tensor,
  tidy,
  valueAndGradients,
} from '@trivium/engine'
import { startEngine, stopEngine } from '@trivium/engine/node'
import { createRng } from '@trivium/random'
import type { BackboneConfig } from '@trivium/schema'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  backboneForward,
  cachedForward,
  createKvCache,
  disposeKvCache,
  initBackbone,
  normalTensor,
  type presets,
  resolveBackbone,
} from './index.ts'

const tiny = { depth: 2, width: 16, heads: 2, mlpWidth: 24, convolution: 4, context: 12 }
const tinyConfig: BackboneConfig = resolveBackbone({ ...tiny, positions: 'table' })
const rows = (x: Tensor, batch: number, from: number, to: number): Tensor => {
  const [n, d] = x.shape
  return reshape(slice(reshape(x, [batch, n / batch, d]), [0, from, 0], [batch, to - from, d]), [
    batch * (to - from),
    d,
  ])
}
const expectClose = (a: ArrayLike<number>, b: ArrayLike<number>, tolerance = 1e-4): void => {
  expect(a.length).toBe(b.length)
  for (let i = 0; i < a.length; i++) expect(Math.abs(a[i] - b[i])).toBeLessThan(tolerance)
}

describe('resolveBackbone', () => {
  it('has presets of the promised sizes', async () => {
    await startEngine('cpu')
    const millions = (preset: keyof typeof presets): number => {
      const params = initBackbone(resolveBackbone({ preset }), createRng(1))
      const n = countParams(params) / 1e6
      disposeParams(params)
      return n
    }
    expect(millions('tiny')).toBeCloseTo(0.34, 1)
    expect(millions('small')).toBeCloseTo(0.8, 1)
    expect(Math.abs(millions('base') - 4.75)).toBeLessThan(0.3)
  })

  it('derives width and heads from depth, and both MLPs have the same weights', () => {
    expect(resolveBackbone({ depth: 6 })).toMatchObject({ width: 192, heads: 6, mlpWidth: 512 })
    expect(resolveBackbone({ depth: 6, mlp: 'relu2' }).mlpWidth).toBe(768)
    expect(() => resolveBackbone({ width: 100, heads: 8 })).toThrow(/model\.width 100 .*multiple of 16/)
  })
})

/** Learned positions in every other variant. */
const positionsOf = (convolution: number): Pick<BackboneConfig, 'positions'> =>
  convolution % 8 === 0 ? { positions: 'table' } : { positions: undefined }

const variants = [
  ['causal', 'swiglu', 8],
  ['bidirectional', 'swiglu', 8],
  ['bidirectional', 'relu2', 5],
  ['block', 'swiglu', 3],
  ['block', 'swiglu', 8],
  ['block', 'relu2', 0],
  ['causal', 'relu2', 0],
] as const

describe('fused blocks', () => {
  it.each(variants)(
    'have the gradients that the ops of the reference engine give: %s, %s, convolution %i',
    async (attention, mlp, convolution) => {
      const config = { ...tinyConfig, mlp, convolution, ...positionsOf(convolution) }
      const gradientsOn = async (engine: 'cpu' | 'wasm'): Promise<Map<string, Float32Array>> => {
        stopEngine()
        await startEngine(engine, { blas: 'off' })
        const weights = initBackbone(config, createRng(9))
        // Blocks of 5 do not divide the 12 positions.
        const shape = { batch: attention === 'block' ? 1 : 2, length: 12, attention, blockLength: 5 }
        const x = normalTensor(createRng(4), [24, 16], 1)
        const mixing = normalTensor(createRng(8), [24, 16], 1)
        const leaves = flattenParams({ x, ...weights })
        const { value, gradients } = valueAndGradients(
          () => sum(mul(mixing, backboneForward(weights, config, x, shape))),
          leaves.map(([, leaf]) => leaf),
        )
        const out = new Map([['value', await read(value)]])
        for (const [i, g] of gradients.entries()) out.set(leaves[i][0], await read(g))
        return out
      }
      const [expected, got] = [await gradientsOn('cpu'), await gradientsOn('wasm')]
      expect([...got.keys()]).toEqual([...expected.keys()])
      for (const [path, values] of expected) expectClose(got.get(path) ?? [], values, 2e-4)
    },
  )
})

describe.each(['cpu', 'wasm'] as const)('backbone on %s', (engine) => {
  let params: ReturnType<typeof initBackbone>
  beforeAll(async () => {
    stopEngine()
    await startEngine(engine)
    params = initBackbone(tinyConfig, createRng(3))
  })
  const input = (batch: number): Tensor => normalTensor(createRng(4), [batch * 12, 16], 1)

  it('adds the learned vector of its place to each position, and none where the config has none', async () => {
    const { positions, ...bare } = params
    expect(positions?.shape).toEqual([12, 16])
    const shape = { batch: 2, length: 7, attention: 'bidirectional' } as const
    const x = normalTensor(createRng(4), [14, 16], 1)
    const table = await read(slice(positions as Tensor, [0, 0], [7, 16]))
    const added = tensor([...table, ...table], [14, 16])
    expectClose(
      await read(backboneForward(params, tinyConfig, x, shape)),
      await read(backboneForward(bare as typeof params, tinyConfig, add(x, added), shape)),
      1e-6,
    )
    const without = initBackbone(resolveBackbone(tiny), createRng(3))
    expect(Object.keys(without)).toEqual(['blocks', 'finalNorm'])
    expectClose(
      await read(without.blocks[1].gate as Tensor),
      await read(params.blocks[1].gate as Tensor),
      1e-9,
    )
  })

  describe.each(['swiglu', 'relu2'] as const)('a cache (%s)', (mlp) => {
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

  it.each(variants)(
    'gives the same with and without a tape: %s, %s, convolution %i',
    async (attention, mlp, convolution) => {
      const config = { ...tinyConfig, mlp, convolution }
      const weights = initBackbone(config, createRng(9))
      const x = input(2)
      const batch = attention === 'block' ? 1 : 2
      const forward = (): Tensor =>
        backboneForward(weights, config, x, { batch, length: 12, attention, blockLength: 4 })
      let recorded: Tensor | undefined
      valueAndGradients(() => {
        const out = forward()
        recorded = keep(out)
        return sum(out)
      }, [x])
      expectClose(await read(forward()), await read(recorded as Tensor), 1e-5)
    },
  )

  it('looks only back when causal, everywhere when bidirectional', async () => {
    const x = input(1)
    const values = (await read(x)).slice()
    values[11 * 16] += 1
    const moved = tensor(values, [12, 16])
    const first = async (v: Tensor, attention: 'causal' | 'bidirectional'): Promise<number[]> => [
      ...(await read(
        rows(backboneForward(params, tinyConfig, v, { batch: 1, length: 12, attention }), 1, 0, 1),
      )),
    ]
    expect(await first(moved, 'causal')).toEqual(await first(x, 'causal'))
    expect(await first(moved, 'bidirectional')).not.toEqual(await first(x, 'bidirectional'))
  })

  describe('block attention', () => {
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
    const range = (from: number, to: number): number[] =>
      Array.from({ length: to - from }, (_, i) => from + i)

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
      const [noisy, clean] = [
        normalTensor(createRng(1), [36, 16], 1),
        normalTensor(createRng(2), [36, 16], 1),
      ]
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

  it('does not mix rows of a batch', async () => {
    const x = input(2)
    const both = await read(
      backboneForward(params, tinyConfig, x, { batch: 2, length: 12, attention: 'bidirectional' }),
    )
    const second = slice(x, [12, 0], [12, 16])
    expectClose(
      await read(
        backboneForward(params, tinyConfig, second, { batch: 1, length: 12, attention: 'bidirectional' }),
      ),
      both.subarray(12 * 16),
      1e-5,
    )
  })

  it('reaches every weight with its gradient', async () => {
    const weights = initBackbone(tinyConfig, createRng(6))
    const mixing = normalTensor(createRng(8), [24, 16], 1)
    const leaves = flattenParams(weights)
    const { gradients } = valueAndGradients(
      () =>
        sum(
          mul(
            mixing,
            backboneForward(weights, tinyConfig, input(2), {
              batch: 2,
              length: 12,
              attention: 'causal',
            }),
          ),
        ),
      leaves.map(([, x]) => x),
    )
    for (const [i, g] of gradients.entries())
      expect(Math.max(...Array.from(await read(g), Math.abs)), leaves[i][0]).toBeGreaterThan(0)
  })

  it('keeps the number of tensors flat', () => {
    const x = input(1)
    const run = (): void =>
      tidy(() => void backboneForward(params, tinyConfig, x, { batch: 1, length: 12, attention: 'causal' }))
    run()
    const before = memory().numTensors
    for (let i = 0; i < 20; i++) run()
    const cache = createKvCache(tinyConfig, 1, 12)
    for (let i = 0; i < 10; i++) {
      const spans = [{ row: 0, position: i, length: 1 }]
      dispose(cachedForward(params, tinyConfig, rowsOnce(x), { cache, spans, attention: 'causal' }))
    }
    disposeKvCache(cache)
    expect(memory().numTensors).toBe(before + rowViews.length)
  })

  const rowViews: Tensor[] = []
  const rowsOnce = (x: Tensor): Tensor => {
    const view = tidy(() => rows(x, 1, 0, 1))
    rowViews.push(view)
    return view
  }

  it('refuses a row beyond the context', () => {
    expect(() =>
      backboneForward(params, tinyConfig, normalTensor(createRng(1), [13, 16], 1), {
        batch: 1,
        length: 13,
        attention: 'causal',
      }),
    ).toThrow(/length 13 exceeds/)
  })
})
