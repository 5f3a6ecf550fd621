import { describe, expect, it } from 'vitest'
import {
  accuracyUnderParallelism,
  breakEvenForwards,
  parallelPoint,
  tokensPerForwardAt,
} from './parallelism.ts'

const at = (tokensPerForward: number, accuracy: number) => ({ tokensPerForward, accuracy })

describe('accuracyUnderParallelism', () => {
  it('is ρ·y of one setting, and a rectangle while nothing is lost', () => {
    expect(accuracyUnderParallelism([at(1, 0.8)], 0.8)).toBeCloseTo(80, 10)
    expect(accuracyUnderParallelism([at(5, 0.8), at(1, 0.8)], 0.8)).toBeCloseTo(400, 10)
  })
  it('weighs what is lost by e^(−3(1 − y/y_max))', () => {
    const weighted = 77 * Math.exp(-3 * (1 - 77 / 80))
    expect(accuracyUnderParallelism([at(1, 0.8), at(3, 0.77)], 0.8)).toBeCloseTo(
      80 + (2 * (80 + weighted)) / 2,
      9,
    )
    // A method that is never the best is weighed throughout; its first setting is not.
    const low = 80 * Math.exp(-3 * (1 - 80 / 100))
    expect(accuracyUnderParallelism([at(1, 0.8), at(2, 0.8)], 1)).toBeCloseTo(80 + low, 9)
  })
  it('leaves out what loses more than five points, and knows nothing of nothing', () => {
    expect(accuracyUnderParallelism([at(1, 0.8), at(9, 0.7)], 0.8)).toBeCloseTo(80, 10)
    expect(accuracyUnderParallelism([], 0.8)).toBeNull()
    expect(accuracyUnderParallelism([at(1, 0)], 0)).toBeNull()
  })
})

it('tokensPerForwardAt takes the fastest setting that is good enough', () => {
  const points = [at(1, 1), at(20, 0.99), at(50, 0.9)]
  expect(tokensPerForwardAt(points, 0.99)).toBe(20)
  expect(tokensPerForwardAt(points, 0.5)).toBe(50)
  expect(tokensPerForwardAt(points.slice(2), 0.99)).toBeNull()
})

it('breakEvenForwards divides the time of AR by that of a forward, with the widest interval', () => {
  const ar = { p50: 50, ci95: [45, 60] as [number, number] }
  const diffusion = { latency: { p50: 40, ci95: [30, 50] as [number, number] }, nfe: 8 }
  expect(breakEvenForwards(ar, diffusion)).toEqual({ nfe: 10, ci95: [7.2, 16] })
  expect(breakEvenForwards({ ...ar, ci95: null }, diffusion)).toEqual({ nfe: 10, ci95: null })
})

it('parallelPoint is of answers alone', () => {
  expect(parallelPoint({ quality: [] })).toBeNull()
})
