/** @file Packed traces keep the pace of their steps and end at the measured median. */
import { expect, test } from 'vitest'
import { groupsOf, settingOf } from '../members.ts'
import { latencyOf } from '../select.ts'
import { madeUp } from '../testing/fixture.ts'
import { packTraces } from './traces.ts'

test('a trace ends at the measured median of its setting, and keeps the pace of its steps', () => {
  const results = madeUp([
    { label: 'ar', paradigm: 'autoregressive' },
    { label: 'flat', paradigm: 'masked-diffusion' },
    { label: 'elbo', paradigm: 'masked-diffusion' },
  ])
  const [{ models }] = groupsOf(results)
  for (const model of models) {
    const packed = packTraces(results, model)
    expect(packed.length).toBeGreaterThan(0)
    for (const { setting, frames } of packed) {
      const point = results.points.find((p) => p.model === model.id && settingOf(p) === setting)
      const trace = results.samples.find((s) => s.point === point?.id)?.trace ?? []
      const p50 = (point && latencyOf(point)?.p50) ?? Number.NaN
      expect(frames.at(-1)?.ms).toBeCloseTo(p50, 0)
      const [middle, end] = [trace[trace.length >> 1].tMs, trace[trace.length - 1].tMs]
      expect(frames[frames.length >> 1].ms).toBeCloseTo((p50 * middle) / end, 0)
    }
  }
})
