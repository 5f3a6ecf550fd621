import { studentQuantile } from '@trivium/schema'
import { expect, it } from 'vitest'
import { meanInterval } from './student.ts'

it('an interval stays in its range', () => {
  expect(meanInterval(0.1, 0.2, 31, [0, 1])[0]).toBe(0)
  expect(meanInterval(5, 1, 2)).toEqual([5 - studentQuantile(2), 5 + studentQuantile(2)])
})
