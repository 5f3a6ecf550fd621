import { expect, it } from 'vitest'
import { deadlineOf, withDeadline } from './deadline.ts'

const noon = new Date(2026, 0, 31, 12, 0, 0)

it('a time of day is the next one', () => {
  expect(deadlineOf({ until: '12:30' }, noon)).toEqual(new Date(2026, 0, 31, 12, 30))
  expect(deadlineOf({ until: '6:05' }, noon)).toEqual(new Date(2026, 1, 1, 6, 5))
  expect(deadlineOf({ until: '12:00' }, noon)).toEqual(new Date(2026, 1, 1, 12, 0))
  expect(deadlineOf({ maxMinutes: 1.5 }, noon)).toEqual(new Date(2026, 0, 31, 12, 1, 30))
  expect(deadlineOf({}, noon)).toBeNull()
})

it.each(['24:00', '12:60', 'noon', '12', ''])('%j is no time of day', (until) => {
  expect(() => deadlineOf({ until }, noon)).toThrow(/is no time of day; write it as/)
})

it('both at once are refused', () => {
  expect(() => deadlineOf({ until: '12:30', maxMinutes: 1 }, noon)).toThrow(/give one of the two/)
})

it('tells the deadline from an interruption', async () => {
  const user = new AbortController()
  const passed = withDeadline(user.signal, new Date(0))
  await new Promise((done) => passed.signal.addEventListener('abort', done))
  expect(passed.isOver()).toBe(true)
  const ahead = withDeadline(user.signal, new Date(Date.now() + 1e7))
  user.abort()
  expect({ aborted: ahead.signal.aborted, over: ahead.isOver() }).toEqual({ aborted: true, over: false })
  ahead.release()
})
