/** @file Look-ups over a `Results` object: groups, metrics, latencies, and how numbers and names are written. */
import type { Latency, Metric, ModelRecord, Paradigm, Point, Results } from '@trivium/schema'
import type { Shape } from './figure.ts'
import { paradigmLabels } from './palette.ts'

/** The groups of a result file, 'reference' before the others, each with its models in paradigm order. */
export interface Group {
  id: string
  /** 'Reference trio', 'Freshly trained trio', or the group's own name. */
  label: string
  /** True for every group but the first: drawn lighter and dashed. */
  quiet: boolean
  models: ModelRecord[]
}

const paradigmOrder = Object.keys(paradigmLabels) as Paradigm[]
const countWords = ['', 'model', 'pair', 'trio']

export function groupsOf(results: Results): Group[] {
  const ids = [...new Set(results.models.map((m) => m.group))]
  ids.sort((a, b) => Number(b === 'reference') - Number(a === 'reference'))
  return ids.map((id, index) => {
    const models = results.models
      .filter((m) => m.group === id)
      .sort((a, b) => paradigmOrder.indexOf(a.paradigm) - paradigmOrder.indexOf(b.paradigm))
    const noun = countWords[models.length] ?? 'models'
    const label =
      id === 'reference' ? `Reference ${noun}` : id === 'fresh' ? `Freshly trained ${noun}` : `${id} ${noun}`
    return { id, label, quiet: index > 0, models }
  })
}

export function pointsOf(results: Results, group: Group): { model: ModelRecord; point: Point }[] {
  return group.models.flatMap((model) =>
    results.points.filter((p) => p.model === model.id).map((point) => ({ model, point })),
  )
}

export function metricOf(quality: readonly Metric[], name: string): Metric | undefined {
  return quality.find((m) => m.name === name)
}

/** The latency at one batch size; the headline is batch 1. */
export function latencyOf(point: Point, batch = 1): Latency | undefined {
  return point.latency.find((l) => l.batch === batch)
}

export function bitsOf(results: Results, model: string): (Metric & { model: string }) | undefined {
  return results.metrics.find((m) => m.model === model && m.name === 'bits-per-character')
}

/** Points of one model and one sampler, a line of a sweep, in order of NFE. */
export interface Sweep {
  model: ModelRecord
  sampler: string
  label: string
  shape: Shape
  points: Point[]
}

const shapes: Shape[] = ['circle', 'triangle', 'rectRot', 'rect']

export function sweepsOf(results: Results, group: Group): Sweep[] {
  return group.models.flatMap((model) => {
    const points = results.points.filter((p) => p.model === model.id)
    const samplers = [...new Set(points.map((p) => p.samplerLabel))]
    const siblings = group.models.filter((m) => m.paradigm === model.paradigm)
    const name = siblings.length > 1 ? model.label : paradigmLabels[model.paradigm]
    return samplers.map((sampler, i) => ({
      model,
      sampler,
      label: samplers.length > 1 || model.paradigm !== 'autoregressive' ? `${name}, ${sampler}` : name,
      shape: shapes[(i + siblings.indexOf(model)) % shapes.length],
      points: points.filter((p) => p.samplerLabel === sampler).sort((a, b) => a.nfe - b.nfe),
    }))
  })
}

interface MetricWords {
  title: string
  short: string
}

/** How a metric is called in a chart and in a sentence. */
export function metricWords(name: string): MetricWords {
  const order = /\d+$/.exec(name)?.[0]
  if (name === 'judge-bits') return { title: 'Judge, bits per character', short: 'judge bits' }
  if (name === 'entropy') return { title: 'Entropy of 4-grams, bits per character', short: 'entropy' }
  if (name === 'word-validity') return { title: 'Share of valid words', short: 'word validity' }
  if (name === 'self-bleu-4') return { title: 'Self-BLEU-4', short: 'self-BLEU' }
  if (name === 'train-overlap-8')
    return { title: 'Share of 8-word windows that the training text has', short: 'training overlap' }
  if (name === 'longest-train-match')
    return { title: 'Longest match in the training text, characters', short: 'longest training match' }
  if (name === 'duplicate-rate') return { title: 'Share of duplicate texts', short: 'duplicate rate' }
  if (name.startsWith('js-'))
    return { title: `Jensen–Shannon, ${order}-grams, bits`, short: `${order}-gram divergence` }
  if (name.startsWith('distinct-'))
    return { title: `Share of distinct word ${order}-grams`, short: `distinct-${order}` }
  return { title: name, short: name }
}

export function direction(higherIsBetter: boolean | null): string {
  return higherIsBetter === null
    ? 'nearest to held-out text'
    : higherIsBetter
      ? 'higher is better'
      : 'lower is better'
}

/** Three significant digits, no exponent in the usual range: 1.72, 0.0312, 1,240. */
export function num(value: number): string {
  const size = Math.abs(value)
  if (value === 0) return '0'
  if (size >= 1000) return Math.round(value).toLocaleString('en-US')
  if (size >= 100) return value.toFixed(0)
  if (size >= 10) return value.toFixed(1)
  if (size >= 0.1) return value.toFixed(2)
  return Number(value.toPrecision(2)).toString()
}

/** A mean number of forwards: 16, 29.8. */
export function forwards(value: number): string {
  return Number(value.toFixed(1)).toLocaleString('en-US')
}

/** Milliseconds in words: 840 ms, 1.24 s. */
export function ms(value: number): string {
  return value >= 1000 ? `${num(value / 1000)} s` : `${num(value)} ms`
}

/** A count in words: 811 k, 15.2 M. */
export function count(value: number): string {
  if (value >= 1e6) return `${num(value / 1e6)} M`
  return value >= 1e3 ? `${num(value / 1e3)} k` : String(value)
}
