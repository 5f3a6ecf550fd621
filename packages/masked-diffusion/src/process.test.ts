import { createRng } from '@trivium/random'
import { describe, expect, it } from 'vitest'
import { createAbsorbingProcess } from './absorbing.ts'
import { stratifiedTime } from './process.ts'

const schedules = ['linear', 'cosine', 'polynomial'] as const

describe.each(schedules)('the %s schedule', (schedule) => {
  const process = createAbsorbingProcess(schedule)
  const times = [0.01, 0.1, 0.37, 0.5, 0.8, 0.99]

  it('runs from 1 to ε', () => {
    expect(process.alpha(0)).toBe(1)
    expect(process.alpha(1)).toBeCloseTo(1e-3, 12)
    for (let k = 1; k < times.length; k++)
      expect(process.alpha(times[k])).toBeLessThan(process.alpha(times[k - 1]))
  })

  it('has the derivative and the weight of its α', () => {
    for (const t of times) {
      const h = 1e-6
      const slope = (process.alpha(t + h) - process.alpha(t - h)) / (2 * h)
      expect(process.dAlpha(t)).toBeCloseTo(slope, 6)
      expect(process.weight(t) / (-process.dAlpha(t) / (1 - process.alpha(t)))).toBeCloseTo(1, 10)
    }
  })

  it('knows its mean share of masked tokens', () => {
    const n = 20_000
    let sum = 0
    for (let i = 0; i < n; i++) sum += 1 - process.alpha((i + 0.5) / n)
    expect(process.meanMasked([0, 1])).toBeCloseTo(sum / n, 7)
  })

  it('composes: staying masked from t to r is staying to s and on to r', () => {
    const stay = (s: number, t: number) => 1 - process.unmaskProbability(s, t)
    expect(stay(0.2, 0.9)).toBeCloseTo(stay(0.5, 0.9) * stay(0.2, 0.5), 12)
    expect(process.unmaskProbability(0, 0.3)).toBeCloseTo(1, 12)
  })

  it('masks a share 1−α and leaves the rest alone', () => {
    const tokens = Int32Array.from({ length: 40_000 }, (_, i) => i % 5)
    const noisy = process.corrupt(tokens, 0.6, createRng(3).uniforms(tokens.length), { mask: 5, textSize: 5 })
    const masked = noisy.filter((token) => token === 5).length
    const share = 1 - process.alpha(0.6)
    expect(Math.abs(masked / tokens.length - share)).toBeLessThan(
      4.5 * Math.sqrt((share * (1 - share)) / tokens.length),
    )
    noisy.forEach((token, i) => {
      if (token !== 5) expect(token).toBe(tokens[i])
    })
  })
})

describe('linear', () => {
  it('has the weight 1/t', () => {
    const process = createAbsorbingProcess('linear')
    expect(process.weight(0.25)).toBe(4)
    expect(process.alpha(0.25)).toBeCloseTo(1 - 0.999 * 0.25, 14)
  })
})

describe('stratifiedTime', () => {
  it('puts one time into each stratum', () => {
    for (let i = 0; i < 8; i++) expect(Math.floor(8 * stratifiedTime(0.3, i, 8))).toBe(i)
  })
})
