import { describe, expect, it } from 'vitest'
import { simultaneousFactor } from './simultaneous.ts'

describe('simultaneousFactor', () => {
  it('is 1 for one comparison', () => {
    for (const degrees of [1, 2, 7, 30, null]) expect(simultaneousFactor(degrees, 1, 0.05)).toBeCloseTo(1, 10)
  })

  // Two-sided 5%, 1% and .1% points of printed tables of t; one comparison, five at 5%, one at .1%.
  it.each([
    [1, 12.7062, 63.657, 636.62],
    [2, 4.3027, 9.925, 31.599],
    [3, 3.1824, 5.841, 12.924],
    [10, 2.2281, 3.169, 4.587],
    [31, 2.0395, 2.744, 3.633],
    [120, 1.9799, 2.617, 3.373],
    [null, 1.9623, 2.581, 3.3],
  ])('agrees with the tables at %s degrees', (degrees, single, five, strict) => {
    expect(simultaneousFactor(degrees, 5, 0.05) * single).toBeCloseTo(five, five > 20 ? 1 : 2)
    expect(simultaneousFactor(degrees, 1, 0.001) * single).toBeCloseTo(strict, strict > 20 ? 0 : 2)
  })

  it('grows with the comparisons, most where degrees are few', () => {
    expect(simultaneousFactor(7, 100, 0.01)).toBeGreaterThan(simultaneousFactor(7, 10, 0.01))
    expect(simultaneousFactor(3, 50, 0.01)).toBeGreaterThan(simultaneousFactor(30, 50, 0.01))
  })
})
