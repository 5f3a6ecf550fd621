import { expect, it } from 'vitest'
import { together } from './together.ts'

/** Ends when it is told to stop. */
const patient = (signal: AbortSignal): Promise<string> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve('stopped')))

it('gives the results in order, whichever ends first', async () => {
  const slow = (): Promise<string> => new Promise((resolve) => setTimeout(() => resolve('slow'), 5))
  expect(await together([slow, async () => 'fast'])).toEqual(['slow', 'fast'])
  expect(await together([])).toEqual([])
})

it('stops the others at the first failure, and throws it when they have ended', async () => {
  let ended = ''
  const other = async (signal: AbortSignal): Promise<void> => {
    ended = await patient(signal)
    throw new Error('a consequence')
  }
  const first = new Error('the disk is full')
  await expect(together([other, () => Promise.reject(first)])).rejects.toBe(first)
  expect(ended).toBe('stopped')
})

it('hands the signal on, and is no failure then', async () => {
  const stop = new AbortController()
  const results = together([patient, patient], stop.signal)
  stop.abort()
  expect(await results).toEqual(['stopped', 'stopped'])
})
