/** @file Traces packed for the page: each frame is still a full snapshot, as indices into a small vocabulary. */
import type { Results, TraceRecord } from '@trivium/schema'
import { paradigmLabels } from '../palette.ts'
import { type Group, pointsOf } from '../select.ts'

export interface PackedTrace {
  model: string
  paradigm: string
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

/** The traces of a group, in model order. */
export function packTraces(results: Results, group: Group): PackedTrace[] {
  return pointsOf(results, group).flatMap(({ model, point }): PackedTrace[] => {
    const trace = results.samples.find((s) => s.model === model.id && s.point === point.id)?.trace
    if (trace === undefined || trace.length === 0) return []
    const setting =
      model.paradigm === 'autoregressive' ? point.setting : `${point.samplerLabel} ${point.setting}`
    return [
      { model: `${paradigmLabels[model.paradigm]}`, paradigm: model.paradigm, setting, ...packFrames(trace) },
    ]
  })
}

function packFrames(trace: readonly TraceRecord[]): Pick<PackedTrace, 'vocabulary' | 'frames'> {
  const vocabulary = [...new Set(trace.flatMap((e) => e.text))]
  const index = new Map(vocabulary.map((token, i) => [token, i]))
  const frames = trace.map((e) => ({
    forwards: e.forwards,
    ms: Number(e.tMs.toFixed(1)),
    text: e.text.map((token) => index.get(token) ?? 0),
    changed: e.changed,
    confidence: e.confidence === undefined ? null : e.confidence.map((c) => Math.round(100 * c)),
  }))
  return { vocabulary, frames }
}
