import { InputError } from '@trivium/schema'
import { expect, it } from 'vitest'
import { deadlineOf, withDeadline } from './deadline.ts'

const now = new Date(2026, 10, 26, 22, 15, 30)

it('is so many minutes from now, or the next such time of day', () => {
  expect(deadlineOf({}, now)).toBeNull()
  expect(deadlineOf({ maxMinutes: 1.5 }, now)).toBe(now.getTime() + 90_000)
  expect(deadlineOf({ until: '23:00' }, now)).toBe(new Date(2026, 10, 26, 23).getTime())
  expect(deadlineOf({ until: '6:30' }, now)).toBe(new Date(2026, 10, 27, 6, 30).getTime())
  expect(deadlineOf({ until: '22:15' }, now)).toBe(new Date(2026, 10, 27, 22, 15).getTime())
  expect(() => deadlineOf({ until: '22:15', maxMinutes: 1 }, now)).toThrow(InputError)
})

it('fires at a moment that has passed, and leaves a signal alone without one', async () => {
  const { signal } = new AbortController()
  expect(withDeadline(signal, null)).toBe(signal)
  const soon = withDeadline(signal, Date.now() - 1)
  await new Promise((resolve) => soon.addEventListener('abort', resolve))
  expect({ soon: soon.aborted, signal: signal.aborted }).toEqual({ soon: true, signal: false })
  const controller = new AbortController()
  const late = withDeadline(controller.signal, Date.now() + 1e9)
  controller.abort()
  expect(late.aborted).toBe(true)
})
