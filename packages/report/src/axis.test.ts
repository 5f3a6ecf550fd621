/** @file Ticks lie inside the axis, values too, and steps get powers of two. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { linearAxis, log2Axis, log10Axis } from './axis.ts'

test('every value and every tick lies within any axis', () => {
  const value = fc.double({ min: 1e-3, max: 1e5, noNaN: true })
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 9 }), (values) => {
      for (const axis of [
        linearAxis('', values),
        linearAxis('', values, true),
        log2Axis('', values),
        log10Axis('', values),
      ]) {
        expect(axis.min).toBeLessThanOrEqual(Math.min(...values))
        expect(axis.max).toBeGreaterThanOrEqual(Math.max(...values))
        expect(axis.max).toBeGreaterThan(axis.min)
        for (const t of axis.ticks) {
          expect(t).toBeGreaterThanOrEqual(axis.min - 1e-9 * Math.abs(axis.min))
          expect(t).toBeLessThanOrEqual(axis.max * (1 + 1e-9))
        }
      }
    }),
  )
})

test('round ticks', () => {
  expect(log2Axis('', [4, 129]).ticks).toEqual([4, 8, 16, 32, 64, 128])
  expect(log10Axis('', [20, 500]).ticks).toEqual([20, 50, 100, 200, 500])
  expect(linearAxis('', [0, 1], true).ticks).toEqual([0, 0.25, 0.5, 0.75, 1])
})

test('a quantity that is never negative gets no negative axis, one value still has a span', () => {
  expect(linearAxis('', [0.01, 1]).min).toBe(0)
  expect(linearAxis('', [2]).max).toBeGreaterThan(2)
  expect(linearAxis('', []).ticks.length).toBeGreaterThan(1)
})

test('values that differ in their last bits still end in a handful of ticks', () => {
  const axis = linearAxis('', [99_999.999_999_999_97, 100_000])
  expect(axis.ticks.length).toBeGreaterThan(1)
  expect(axis.ticks.length).toBeLessThan(12)
})
