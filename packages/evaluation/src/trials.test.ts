import { paradigms } from '@trivium/schema'
import { describe, expect, it } from 'vitest'
import { trialsOf } from './trials.ts'

describe('trialsOf', () => {
  it.each(paradigms)(
    'gives %s the same number of trials as the other paradigms, all different',
    (paradigm) => {
      for (const trials of [1, 2, 5, 6, 9]) {
        const found = trialsOf({ paradigm }, { trials, steps: 16, lowest: 0.5 })
        expect(found).toHaveLength(trials)
        expect(new Set(found.map((one) => JSON.stringify(one))).size).toBe(trials)
        for (const { temperature } of found) {
          expect(temperature).toBeGreaterThanOrEqual(0.5)
          expect(temperature).toBeLessThanOrEqual(1)
        }
      }
    },
  )

  it('spreads temperatures evenly, and asks every sampler for the same steps', () => {
    const ar = trialsOf({ paradigm: 'autoregressive' }, { trials: 3, steps: 16, lowest: 0 })
    expect(ar.map(({ type, temperature }) => [type, temperature])).toEqual([
      ['ar', 1],
      ['ar', 0.5],
      ['ar', 0],
    ])
    const continuous = trialsOf({ paradigm: 'continuous-diffusion' }, { trials: 3, steps: 16, lowest: 0.5 })
    expect(continuous.map((one) => [one.type, 'steps' in one && one.steps, one.temperature])).toEqual([
      ['ddim', 16, 1],
      ['ddim', 16, 0.5],
      ['gaussian-ancestral', 16, 1],
    ])
  })
})
