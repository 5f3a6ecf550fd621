import { expect, test } from 'vitest'
import { groupsOf, latencyOf } from '../select.ts'
import { fixture } from '../testing/fixture.ts'
import { packTraces } from './traces.ts'

test('a trace ends at the measured median of its setting, and keeps the pace of its steps', () => {
  const results = fixture()
  const [group] = groupsOf(results)
  const packed = packTraces(results, group)
  expect(packed.length).toBeGreaterThan(2)
  for (const { paradigm, sampler, setting, frames } of packed) {
    const models = new Set(group.models.filter((m) => m.paradigm === paradigm).map((m) => m.id))
    const point = results.points.find(
      (p) =>
        models.has(p.model) &&
        (paradigm === 'autoregressive' || (p.samplerLabel === sampler && setting.endsWith(p.setting))),
    )
    const trace = results.samples.find((s) => s.point === point?.id)?.trace ?? []
    const p50 = (point && latencyOf(point)?.p50) ?? Number.NaN
    expect(frames.at(-1)?.ms).toBeCloseTo(p50, 0)
    const [middle, end] = [trace[trace.length >> 1].tMs, trace[trace.length - 1].tMs]
    expect(frames[frames.length >> 1].ms).toBeCloseTo((p50 * middle) / end, 0)
  }
})
