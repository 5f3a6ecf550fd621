/** @file The front against brute force over all pairs, and on cases with ties. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { paretoFront } from './pareto.ts'

type P = { cost: number; quality: number }

function bruteForce(points: readonly P[], higherIsBetter: boolean): boolean[] {
  const sign = higherIsBetter ? 1 : -1
  const dominates = (a: P, b: P): boolean => {
    const gain = sign * (a.quality - b.quality)
    return a.cost <= b.cost && gain >= 0 && (a.cost < b.cost || gain > 0)
  }
  return points.map((p) => !points.some((q) => dominates(q, p)))
}

test('equals the definition on random points, with many ties', () => {
  const point = fc.record({ cost: fc.integer({ min: 1, max: 6 }), quality: fc.integer({ min: 0, max: 6 }) })
  fc.assert(
    fc.property(fc.array(point, { maxLength: 14 }), fc.boolean(), (points, higher) => {
      expect(paretoFront(points, higher)).toEqual(bruteForce(points, higher))
    }),
    { numRuns: 400 },
  )
})

test('equal points share the front', () => {
  expect(
    paretoFront(
      [
        { cost: 1, quality: 2 },
        { cost: 1, quality: 2 },
        { cost: 2, quality: 2 },
      ],
      false,
    ),
  ).toEqual([true, true, false])
})
