import {
  add,
  countParams,
  dispose,
  disposeParams,
  flattenParams,
  keep,
  memory,
  mul,
  read,
  slice,
  sum,
  type Tensor,
  tensor,
  tidy,
  valueAndGradients,
} from '@trivium/engine'
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
  type presets,
  resolveBackbone,
} from './index.ts'
import { expectClose, input, positionsOf, rows, tiny, tinyConfig } from './testing.ts'

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
