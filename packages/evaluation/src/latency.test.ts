/** @file The scheduler under a fake clock: order, warm-up rule, percentiles. */
import { latencySchema } from '@trivium/schema'
import { describe, expect, it } from 'vitest'
import { isSteady, measureLatency, type TimedMethod } from './latency.ts'

function fake(durations: Record<string, (run: number) => number>) {
  let clock = 0
  const log: string[] = []
  const seeds: number[] = []
  const methods: TimedMethod[] = Object.entries(durations).map(([id, duration]) => {
    let run = 0
    return {
      id,
      async run(seed) {
        clock += duration(run++)
        log.push(id)
        seeds.push(seed)
        return { msFirstToken: 1, tokens: 10 }
      },
    }
  })
  return { methods, log, seeds, now: () => clock }
}

describe('measureLatency', () => {
  it('warms each up, then goes forwards and backwards in turn with paired seeds', async () => {
    const { methods, log, seeds, now } = fake({ A: () => 5, B: () => 7, C: () => 9 })
    await measureLatency(methods, { repeats: 4, seed: 10, now })
    expect(log.slice(0, 15).join('')).toBe('AAAAABBBBBCCCCC')
    expect(log.slice(15).join('')).toBe('ABCCBAABCCBA')
    expect(seeds.slice(15)).toEqual([10, 10, 10, 11, 11, 11, 12, 12, 12, 13, 13, 13])
  })
  it('warms one method of a steady shape only', async () => {
    const runs: string[] = []
    const method = (id: string, shape: string) => ({
      id,
      shape,
      run: async () => {
        runs.push(id)
        return { ms: 5, msFirstToken: 1, tokens: 1 }
      },
    })
    await measureLatency([method('a', 'x'), method('b', 'x'), method('c', 'y')], { repeats: 1 })
    expect(runs.join('')).toBe('aaaaabcccccabc')
  })

  it('leaves a slow first run to the warm-up, and stops at the cap when nothing settles', async () => {
    const { methods, now } = fake({ cold: (run) => (run === 0 ? 500 : 20), rising: (run) => 2 ** run })
    const warm = new Map<string, { runs: number; steady: boolean }>()
    const times = await measureLatency(methods, {
      repeats: 2,
      now,
      warmupMost: 9,
      onWarm: (id, w) => warm.set(id, w),
    })
    // Medians 500, 260, 20, 20, 20, 20, 20: five equal ones after seven runs.
    expect(warm.get('cold')).toEqual({ runs: 7, steady: true })
    expect(warm.get('rising')).toEqual({ runs: 9, steady: false })
    expect(times.get('cold')?.p50).toBe(20)
  })
  it('fills the schema: percentiles of the timed runs, tokens a second of the median', async () => {
    const { methods, now } = fake({ A: (run) => (run < 5 ? 100 : 96 + (run - 5)) })
    const latency = (await measureLatency(methods, { repeats: 9, now })).get('A')
    expect(latency).toEqual({
      batch: 1,
      tokens: 10,
      n: 9,
      p50: 100,
      p90: null,
      ci95: [97, 103],
      msFirstToken: 1,
      tokensPerSecond: 100,
    })
    expect(latencySchema.safeParse(latency).success).toBe(true)
    const many = await measureLatency(fake({ A: () => 3 }).methods, { repeats: 64, now })
    expect(many.get('A')?.p90).not.toBeNull()
  })
  it('believes a run that brings its own time, and refuses no repeats', async () => {
    const own: TimedMethod = { id: 'own', batch: 2, run: async () => ({ ms: 4, msFirstToken: 2, tokens: 2 }) }
    expect((await measureLatency([own], { repeats: 3 })).get('own')?.tokensPerSecond).toBe(1000)
    await expect(measureLatency([own], { repeats: 0 })).rejects.toThrow(/repeats 0/)
  })
})

it('isSteady looks at the last five running medians', () => {
  expect(isSteady([10, 10, 10, 10])).toBe(false)
  expect(isSteady([10, 10, 10, 10, 10])).toBe(true)
  expect(isSteady([10, 11, 10, 11, 10])).toBe(true) // medians 10, 10.5, 10, 10.5, 10: exactly 5%
  expect(isSteady([10, 11.2, 10, 11.2, 10])).toBe(false)
})
