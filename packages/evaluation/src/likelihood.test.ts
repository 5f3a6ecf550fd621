/** @file Bits per character from likelihoods that are known. */
import type { Likelihood } from '@trivium/language-model'
import { metricSchema } from '@trivium/schema'
import { describe, expect, it } from 'vitest'
import { bitsPerCharacter } from './likelihood.ts'

const scores = (
  nats: number[],
  more: Partial<Likelihood> = {},
): { logLikelihood: () => Promise<Likelihood[]> } => ({
  logLikelihood: async () =>
    nats.map((n) => ({ nats: n, kind: 'exact', bound: 'exact', stderr: 0, draws: 1, ...more })),
})
const rows = (n: number): Int32Array[] => Array.from({ length: n }, () => new Int32Array(4))

describe('bitsPerCharacter', () => {
  it('divides all bits by all characters, not row by row', async () => {
    const metric = await bitsPerCharacter(scores([8 * Math.LN2, 2 * Math.LN2]), rows(2), [2, 8])
    expect(metric.value).toBeCloseTo(1, 12)
    expect(metric.boundType).toBe('exact')
    expect(metricSchema.parse(metric)).toEqual(metric)
  })
  it('has the standard error of a mean where rows are equally long', async () => {
    const nats = [1, 2, 3, 4].map((b) => 10 * b * Math.LN2)
    const metric = await bitsPerCharacter(scores(nats), rows(4), [10, 10, 10, 10])
    expect(metric.value).toBeCloseTo(2.5, 12)
    expect(metric.stderr).toBeCloseTo(Math.sqrt(5 / 3 / 4), 12)
    expect(metric.ci95?.[0]).toBeLessThan(2)
    expect(metric.ci95?.[1]).toBeGreaterThan(3)
  })
  it('takes the Monte Carlo error as floor, and averages the parts of a bound', async () => {
    const bound: Partial<Likelihood> = {
      kind: 'upper-bound',
      bound: 'gaussian-vlb',
      stderr: 0.3 * Math.LN2,
      parts: { diffusion: 2 * Math.LN2, prior: Math.LN2 },
    }
    const metric = await bitsPerCharacter(scores([3 * Math.LN2], bound), rows(1), [3])
    expect(metric.stderr).toBeCloseTo(0.1, 12)
    expect(metric.ci95).toBeNull()
    expect(metric.boundType).toBe('gaussian-vlb')
    expect(metric.parts).toEqual({ diffusion: expect.closeTo(2 / 3, 12), prior: expect.closeTo(1 / 3, 12) })
  })
  it('refuses rows without characters', async () => {
    await expect(bitsPerCharacter(scores([1]), rows(1), [])).rejects.toThrow(/1 rows and 0 character counts/)
  })
})
