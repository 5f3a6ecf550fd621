/** @file Look-ups over a `Results` object: points, metrics, latencies, and what a metric is called. */
import {
  type Latency,
  type Metric,
  type MetricFacts,
  type MetricName,
  metricTable,
  type Point,
  type Results,
} from '@trivium/schema'
import type { Group, Member } from './members.ts'

export function pointsOf(group: Group): { model: Member; point: Point }[] {
  return group.models.flatMap((model) =>
    model.sweeps.flatMap(({ points }) => points.map((point) => ({ model, point }))),
  )
}

export function metricOf(quality: readonly Metric[], name: MetricName): Metric | undefined {
  return quality.find((m) => m.name === name)
}

/** The latency at one batch size; the headline is batch 1. */
export function latencyOf(point: Point, batch = 1): Latency | undefined {
  return point.latency.find((l) => l.batch === batch)
}

export function bitsOf(results: Results, model: string): (Metric & { model: string }) | undefined {
  return results.metrics.find((m) => m.model === model && m.name === 'bits-per-character')
}

/** Texts written by people, as the charts' mark to reach. */
export function heldOutOf(results: Results): Results['baselines'][number] | undefined {
  return results.baselines.find((b) => b.kind === 'held-out')
}

/** What answers and texts are judged by, the leading metric first. Of a family (`js-n`) the longest is enough. */
const wanted: readonly (readonly MetricName[])[] = [
  ['accuracy'],
  ['transition-kl'],
  ['sequence-errors'],
  ['judge-bits'],
  ['entropy'],
  ['js-4', 'js-3', 'js-2', 'js-1'],
  ['word-validity'],
  ['distinct-4', 'distinct-3', 'distinct-2', 'distinct-1'],
  ['duplicate-rate'],
]

/**
 * The metrics worth a panel, in order; those that a result file lacks, or that are zero everywhere, are left out. No right
 * answer at all is a finding.
 */
export function panelMetrics(group: Group): MetricName[] {
  return wanted.flatMap(
    (family) =>
      family.find((name) => isTelling(group, name) || (name === 'accuracy' && isMeasured(group, name))) ?? [],
  )
}

const isMeasured = (group: Group, name: MetricName): boolean =>
  pointsOf(group).some(({ point }) => metricOf(point.quality, name) !== undefined)

export function isTelling(group: Group, name: MetricName): boolean {
  return pointsOf(group).some(({ point }) => (metricOf(point.quality, name)?.value ?? 0) !== 0)
}

/** Of those, what settings are ranked by: what a verifier judges, or what is guarded against collapse. */
export function rankingMetrics(group: Group): MetricName[] {
  return panelMetrics(group).filter((name) => {
    const { answers, guard } = metricTable[name]
    return answers === true || guard !== undefined
  })
}

/**
 * What the texts or answers of a group are judged by in one number: a verifier, an exact divergence, or the one divergence
 * to held-out text that repetition cannot please; what is left otherwise.
 */
export function headlineOf(group: Group): MetricName | undefined {
  const names = panelMetrics(group).filter((name) => metricTable[name].better !== 'held-out')
  return (
    names.find((n) => n === 'accuracy' || n === 'transition-kl') ??
    names.find((n) => n.startsWith('js-')) ??
    names[0]
  )
}

/** Whether the models answer problems of a task, or of an example file, instead of writing free text. */
export function isOfAnswers({ dataset }: Results): boolean {
  return dataset.view === 'examples'
}

const hints: Record<MetricFacts['better'], string> = {
  higher: 'higher is better',
  lower: 'lower is better',
  'held-out': 'nearest to held-out text',
}

/** Which way is better, in words. */
export function hintOf(name: MetricName): string {
  return hints[metricTable[name].better]
}
