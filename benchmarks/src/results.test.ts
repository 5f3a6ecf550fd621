/** @file Closed forms of what the tables say. */
import { expect, it } from 'vitest'
import { productWeights, shapeOf, trainingFlops } from './network.ts'
import { linesOf } from './plan.ts'
import { crossovers, goalResults, type Measured, peakOf, speedRatio, utilisation } from './results.ts'

const line = (id: string): Measured['line'] => {
  const found = linesOf(false).find((l) => l.id === id)
  if (found === undefined) throw new Error(`no line ${id}`)
  return found
}

it('counts products and attention by hand', () => {
  // small: depth 4, D 128, F 344, V 27, L 128
  const weights = 4 * (4 * 128 * 128 + 3 * 128 * 344) + 128 * 27
  expect(productWeights(shapeOf('small'))).toBe(weights)
  expect(trainingFlops(shapeOf('small'), 128)).toBe(6 * weights + 12 * 4 * 128 * 128)
  expect(trainingFlops(shapeOf('small'), 128, 1)).toBe(8 * weights + 16 * 4 * 128 * 128)
})

it('takes ratios round by round, and the other way round for times', () => {
  const rates = {
    line: line('train-small-ar'),
    samples: { wasm: [20, 40, 60, 7], stock: [10, 10, 10] },
  }
  expect(speedRatio(rates, 'wasm', 'stock')?.value).toBe(4)
  expect(speedRatio(rates, 'wasm', 'pytorch')).toBeNull()
  const times = { line: line('forward-small-b1-l128'), samples: { wasm: [2, 2], stock: [10, 10] } }
  expect(speedRatio(times, 'wasm', 'stock')).toEqual({ value: 5, interval: [5, 5] })
})

it('knows the share of the peak, and meets goals with the faster engine', () => {
  const gemm = { line: line('gemm-512'), samples: { wasm: [20, 20], 'wasm+blas': [100, 90, 110] } }
  expect(peakOf([gemm])).toBe(100)
  const train = line('train-base-ar')
  const rate = 100e9 / trainingFlops(shapeOf('base'), 128)
  expect(utilisation(train, rate, 100, 0)).toBeCloseTo(1, 12)
  const results = goalResults([
    gemm,
    { line: train, samples: { wasm: [1, 1], 'wasm+blas': [rate / 2, rate / 2], pytorch: [rate, rate] } },
  ])
  const byOver = (over: string): number | undefined =>
    results.find(({ goal }) => goal.line === 'train-base-ar' && goal.over === over)?.figure?.value
  expect(byOver('peak')).toBeCloseTo(0.5, 12)
  expect(byOver('pytorch')).toBeCloseTo(0.5, 12)
  expect(results.filter(({ figure }) => figure === null)).toHaveLength(11)
})

it('puts the crossover where both write a text in the same time', () => {
  const decode = { line: line('decode-small-b16'), samples: { wasm: [2000, 2100, 1900], pytorch: [1] } }
  const forward = { line: line('forward-small-b16-l128'), samples: { wasm: [64, 60, 70] } }
  // 16 texts of 128 tokens at 2,000 tokens/s take 1,024 ms: 16 forwards of 64 ms.
  expect(crossovers([decode, forward])).toEqual([
    {
      label: '0.8 M',
      batch: 16,
      length: 128,
      method: 'wasm',
      nfe: 16,
      ci95: [expect.closeTo(1024 / 1.05 / 70, 6), expect.closeTo(1024 / 0.95 / 60, 6)],
    },
  ])
  expect(crossovers([decode])).toEqual([])
})

it('has a line of decoding, cached and speculative, and a forward for every size and batch', () => {
  const ids = new Set(linesOf(true).map(({ id }) => id))
  for (const preset of ['tiny', 'small', 'base'])
    for (const batch of [1, 4, 16, 64]) {
      const decode = `decode-${preset}${batch === 1 ? '' : `-b${batch}`}`
      for (const id of [decode, `${decode}-mtp`, `forward-${preset}-b${batch}-l128`])
        expect(ids).toContain(id)
    }
  for (const goal of ['decode-small', 'step-masked-small', 'train-base-ar']) expect(ids).toContain(goal)
  expect(ids.size).toBe(linesOf(true).length)
})
