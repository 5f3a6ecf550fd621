/** @file Traces packed for the page: each frame is still a full snapshot, as indices into a small vocabulary. */
import type { Results, TraceRecord } from '@trivium/schema'
import { type Member, settingOf } from '../members.ts'
import { latencyOf } from '../select.ts'

export interface PackedTrace {
  /** The sampler's label. */
  sampler: string
  setting: string
  vocabulary: string[]
  frames: {
    forwards: number
    ms: number
    /** Vocabulary indices, one a position. */
    text: number[]
    changed: number[]
    /** Per cent, one a position; null when the sampler gives none. */
    confidence: number[] | null
  }[]
}

/** The traces of a model, sweep after sweep. */
export function packTraces(results: Results, model: Member): PackedTrace[] {
  return model.sweeps.flatMap(({ points }) =>
    points.flatMap((point): PackedTrace[] => {
      const trace = results.samples.find((s) => s.model === model.id && s.point === point.id)?.trace
      if (trace === undefined || trace.length === 0) return []
      const packed = packFrames(trace, latencyOf(point)?.p50)
      return [{ sampler: point.samplerLabel, setting: settingOf(point), ...packed }]
    }),
  )
}

/** The trace was one run among others; the latency protocol says how long such a text takes, so its median rules. */
function packFrames(
  trace: readonly TraceRecord[],
  p50: number | undefined,
): Pick<PackedTrace, 'vocabulary' | 'frames'> {
  const whole = trace.at(-1)?.tMs ?? 0
  const scale = p50 === undefined || whole === 0 ? 1 : p50 / whole
  const vocabulary = [...new Set(trace.flatMap((e) => e.text))]
  const index = new Map(vocabulary.map((token, i) => [token, i]))
  const frames = trace.map((e) => ({
    forwards: e.forwards,
    ms: Number((scale * e.tMs).toFixed(1)),
    text: e.text.map((token) => index.get(token) ?? 0),
    changed: e.changed,
    confidence: e.confidence === undefined ? null : e.confidence.map((c) => Math.round(100 * c)),
  }))
  return { vocabulary, frames }
}
