import { expect, it } from 'vitest'
import { studentQuantile } from './index.ts'

it('quantiles are those of the tables', () => {
  const table = { 1: 12.7062, 2: 4.30265, 3: 3.18245, 4: 2.77645, 7: 2.36462, 11: 2.20099, 31: 2.03951 }
  for (const [degrees, wanted] of Object.entries(table))
    expect(Math.abs(studentQuantile(Number(degrees)) / wanted - 1), degrees).toBeLessThan(0.002)
  expect(studentQuantile(2.9)).toBe(studentQuantile(2)) // rounded to the wider side
  expect(studentQuantile(1e9)).toBeCloseTo(1.959964, 6)
})
