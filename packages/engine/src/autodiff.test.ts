import { beforeAll, describe, expect, it } from 'vitest'
import { customOp } from './autodiff.ts'
import {
  add,
  dispose,
  memory,
  mul,
  read,
  readScalar,
  scale,
  sum,
  type Tensor,
  tensor,
  tidy,
  valueAndGradients,
} from './index.ts'
import { startEngine, stopEngine } from './node/index.ts'

/** Wasm re-registers Identity, which the tape leans on. */
describe.each(['cpu', 'wasm'] as const)('autodiff on %s', (engine) => {
  beforeAll(async () => {
    stopEngine()
    await startEngine(engine, { blas: 'off' })
  })

  const gradientsOf = async (
    f: () => Tensor,
    xs: Tensor[],
  ): Promise<{ value: number; grads: number[][] }> => {
    const { value, gradients } = valueAndGradients(f, xs)
    return {
      value: await readScalar(value),
      grads: await Promise.all(gradients.map(async (g) => [...(await read(g))])),
    }
  }

  it('gives value and gradients: ∂Σx²y = (2xy, x²)', async () => {
    const x = tensor([1, 2, 3], [3])
    const y = tensor([4, 5, 6], [3])
    const { value, grads } = await gradientsOf(() => sum(mul(mul(x, x), y)), [x, y])
    expect(value).toBe(4 + 20 + 54)
    expect(grads).toEqual([
      [8, 20, 36],
      [1, 4, 9],
    ])
  })

  it('gives zeros of the right shape for an input that the function does not depend on', async () => {
    const x = tensor([1, 2], [2])
    const apart = tensor([1, 2, 3, 4, 5, 6], [2, 3])
    const { value, gradients } = valueAndGradients(() => sum(scale(x, 3)), [apart, x])
    expect(await readScalar(value)).toBe(9)
    expect(gradients.map((g) => g.shape)).toEqual([[2, 3], [2]])
    expect([...(await read(gradients[0]))]).toEqual([0, 0, 0, 0, 0, 0])
    expect([...(await read(gradients[1]))]).toEqual([3, 3])
  })

  it('gives zeros for all inputs of a constant', async () => {
    const x = tensor([1, 2], [2])
    const constant = tensor([5], [1])
    expect(await gradientsOf(() => sum(constant), [x])).toEqual({ value: 5, grads: [[0, 0]] })
  })

  it('sums over every use of an input', async () => {
    const x = tensor([3], [1])
    expect((await gradientsOf(() => sum(add(mul(x, x), x)), [x])).grads).toEqual([[7]])
  })

  it('customOp uses its own gradient, and what it saved', async () => {
    const triple = (x: Tensor): Tensor =>
      customOp([x], () => ({
        output: mul(x, x),
        save: [x],
        backward: (dy, [kept]) => [mul(dy, scale(kept, 10))],
      }))
    const x = tensor([2, 3], [2])
    const { value, grads } = await gradientsOf(() => sum(triple(x)), [x])
    expect(value).toBe(13)
    expect(grads).toEqual([[20, 30]])
  })

  it('hands the caller the value and the gradients, and frees everything else', async () => {
    const x = tensor([1, 2, 3], [3])
    const apart = tensor([1], [1])
    const before = memory().numTensors
    const { value, gradients } = valueAndGradients(() => tidy(() => sum(mul(x, mul(x, x)))), [x, apart])
    expect(memory().numTensors).toBe(before + 3)
    dispose([value, ...gradients])
    expect(memory().numTensors).toBe(before)
    expect([...(await read(x))]).toEqual([1, 2, 3])
  })
})
