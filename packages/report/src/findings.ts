/**
 * @file Who wins where, as data: comparisons from the numbers alone, before they are put into words. A difference
 * counts only when the two 95 % intervals do not overlap, and a bound is never ranked as if it were exact.
 */
import type { Metric, ModelRecord, Paradigm, Point, Results } from '@trivium/schema'
import { bitsOf, type Group, latencyOf, metricOf, pointsOf } from './select.ts'

/** One point with the metric that it is judged by. */
export interface Contender {
  model: ModelRecord
  point: Point
  metric: Metric
  /** Median ms of one text at batch 1; null when not measured. */
  ms: number | null
  /** Entropy below 95 % of held-out text: the judge is being pleased by repetition, so the point is not ranked. */
  collapsed: boolean
}

type Verdict = 'first' | 'second' | 'no difference shown'

/** The share of held-out entropy below which samples count as collapsed. */
const collapseShare = 0.95

/** Every point of a group that has the metric. */
export function contenders(results: Results, group: Group, metric: string): Contender[] {
  const heldOut = results.baselines.find((b) => b.kind === 'held-out')
  const floor = (heldOut && metricOf(heldOut.quality, 'entropy')?.value) ?? 0
  return pointsOf(results, group).flatMap(({ model, point }): Contender[] => {
    const m = metricOf(point.quality, metric)
    if (m === undefined) return []
    const entropy = metricOf(point.quality, 'entropy')?.value
    const collapsed = entropy !== undefined && entropy < collapseShare * floor
    return [{ model, point, metric: m, ms: latencyOf(point)?.p50 ?? null, collapsed }]
  })
}

/** Compares two metrics of the same name: a winner only when both intervals are known and apart. */
function compare(a: Metric, b: Metric): Verdict {
  if (a.ci95 === null || b.ci95 === null || a.higherIsBetter === null) return 'no difference shown'
  const apart = a.ci95[1] < b.ci95[0] || b.ci95[1] < a.ci95[0]
  if (!apart) return 'no difference shown'
  return a.value < b.value === !a.higherIsBetter ? 'first' : 'second'
}

/** The best value by the metric's own direction; undefined when there is none, or no direction. */
export function best(list: readonly Contender[]): Contender | undefined {
  const ranked = list.filter((c) => !c.collapsed && c.metric.higherIsBetter !== null)
  const sign = (c: Contender): number => (c.metric.higherIsBetter === true ? -1 : 1) * c.metric.value
  return ranked.toSorted((a, b) => sign(a) - sign(b) || a.point.nfe - b.point.nfe)[0]
}

/** The metric that a model's best setting is chosen by: the first of these that was measured. */
export function leadMetric(results: Results, group: Group): string | undefined {
  const names = ['judge-bits', 'js-4', 'js-3', 'word-validity']
  return names.find((name) => contenders(results, group, name).length > 0)
}

/** A model's best setting by `leadMetric`; undefined when nothing of it is ranked. */
export function leadOf(results: Results, group: Group, model: ModelRecord): Contender | undefined {
  const metric = leadMetric(results, group)
  return metric === undefined
    ? undefined
    : best(contenders(results, group, metric).filter((c) => c.model === model))
}

/** One budget of network evaluations, and the best of each paradigm within it. */
export interface BudgetRow {
  budget: number
  cells: { paradigm: Paradigm; best: Contender | undefined }[]
  /** The leader, and whether it stands apart from every other paradigm of the row. */
  leader: Contender
  apart: boolean
}

/**
 * Budgets follow the measured step counts: counts within 15 % of each other (S = 16 and 16 + 1 clean-up pass) share
 * one, so that no paradigm loses a whole setting for its last forward.
 */
export function perBudget(list: readonly Contender[]): BudgetRow[] {
  const paradigms = [...new Set(list.map((c) => c.model.paradigm))]
  return budgets(list.map((c) => c.point.nfe)).flatMap((budget): BudgetRow[] => {
    const cells = paradigms.map((paradigm) => ({
      paradigm,
      best: best(list.filter((c) => c.model.paradigm === paradigm && c.point.nfe <= budget)),
    }))
    const present = cells.flatMap((c) => c.best ?? [])
    const leader = best(present)
    if (leader === undefined) return []
    const others = present.filter((c) => c !== leader)
    const apart = others.length > 0 && others.every((c) => compare(leader.metric, c.metric) === 'first')
    return [{ budget, cells, leader, apart }]
  })
}

function budgets(nfes: readonly number[]): number[] {
  const sorted = [...new Set(nfes)].sort((a, b) => a - b)
  const out: number[] = []
  let start = 0
  for (const nfe of sorted) {
    // The slack of one forward joins S and S + 1 at the smallest step counts.
    if (out.length > 0 && (nfe <= start * 1.15 || nfe - start <= 2)) out[out.length - 1] = nfe
    else {
      out.push(nfe)
      start = nfe
    }
  }
  return out
}

/** Quality at the time the baseline takes: the best diffusion point that is no slower. */
export interface MatchedLatency {
  baseline: Contender
  rival: Contender | undefined
  verdict: Verdict
}

export function atBaselineLatency(list: readonly Contender[]): MatchedLatency | null {
  const baseline = baselineOf(list)
  if (baseline === undefined || baseline.ms === null) return null
  const limit = baseline.ms
  const rival = best(
    list.filter((c) => c.model.paradigm !== 'autoregressive' && c.ms !== null && c.ms <= limit),
  )
  return { baseline, rival, verdict: rival === undefined ? 'first' : compare(baseline.metric, rival.metric) }
}

/** Speed at the baseline's quality: the fastest diffusion point whose quality is not shown to be worse. */
export interface MatchedQuality {
  baseline: Contender
  rival: Contender | undefined
  /** Baseline ms / rival ms; above 1 the rival is faster. */
  ratio: number | null
  /** Who is faster; decided only when the intervals of both medians are known and apart. */
  verdict: Verdict
}

export function atBaselineQuality(list: readonly Contender[]): MatchedQuality | null {
  const baseline = baselineOf(list)
  if (baseline === undefined || baseline.ms === null) return null
  const timed = list.filter((c) => c.model.paradigm !== 'autoregressive' && c.ms !== null && !c.collapsed)
  const level = timed.filter((c) => reaches(c.metric, baseline.metric))
  const rival = level.toSorted((a, b) => (a.ms ?? 0) - (b.ms ?? 0))[0]
  if (rival === undefined || rival.ms === null)
    return { baseline, rival: undefined, ratio: null, verdict: 'no difference shown' }
  const [a, b] = [latencyOf(baseline.point)?.ci95 ?? null, latencyOf(rival.point)?.ci95 ?? null]
  const apart = a !== null && b !== null && (a[1] < b[0] || b[1] < a[0])
  const verdict: Verdict = !apart ? 'no difference shown' : baseline.ms < rival.ms ? 'first' : 'second'
  return { baseline, rival, ratio: baseline.ms / rival.ms, verdict }
}

/** At least as good as the baseline, or with an interval that meets the baseline's. */
function reaches(rival: Metric, baseline: Metric): boolean {
  if (baseline.higherIsBetter === null) return false
  const better = baseline.higherIsBetter ? rival.value >= baseline.value : rival.value <= baseline.value
  if (better || rival.ci95 === null || baseline.ci95 === null) return better
  return compare(baseline, rival) === 'no difference shown'
}

/** The baseline's first point: the sampler's defaults come first. */
function baselineOf(list: readonly Contender[]): Contender | undefined {
  return list.find((c) => c.model.paradigm === 'autoregressive')
}

/** A control that beats every model of the group on a metric: the metric can be won without writing well. */
export interface ControlWin {
  control: string
  metric: string
  value: number
  best: number
}

export function controlWins(results: Results, group: Group): ControlWin[] {
  const names = [
    ...new Set(pointsOf(results, group).flatMap(({ point }) => point.quality.map((m) => m.name))),
  ]
  return names.flatMap((metric) => {
    const all = contenders(results, group, metric).map((c) => ({ ...c, collapsed: false }))
    const leader = best(all)
    if (leader === undefined) return []
    const higher = leader.metric.higherIsBetter === true
    return results.baselines
      .filter((b) => b.kind === 'control')
      .flatMap((b): ControlWin[] => {
        const m = metricOf(b.quality, metric)
        const wins =
          m !== undefined && (higher ? m.value > leader.metric.value : m.value < leader.metric.value)
        return wins ? [{ control: b.label, metric, value: m.value, best: leader.metric.value }] : []
      })
  })
}

/** What the likelihoods allow to be said. A bound below an exact value proves a win; a bound above proves nothing. */
export interface LikelihoodFindings {
  entries: { model: ModelRecord; metric: Metric; bound: boolean }[]
  exactBest: { model: ModelRecord; metric: Metric } | undefined
  /** Models whose bound lies below the best exact value, by more than two standard errors of each. */
  proven: ModelRecord[]
}

export function likelihoods(results: Results, group: Group): LikelihoodFindings {
  const entries = group.models.flatMap((model) => {
    const metric = bitsOf(results, model.id)
    return metric === undefined ? [] : [{ model, metric, bound: metric.boundType !== 'exact' }]
  })
  const exactBest = entries.filter((e) => !e.bound).toSorted((a, b) => a.metric.value - b.metric.value)[0]
  const proven = entries
    .filter((e) => e.bound && exactBest !== undefined && upper(e.metric) < lower(exactBest.metric))
    .map((e) => e.model)
  return { entries, exactBest, proven }
}

// Without an interval or a standard error the end is NaN, and nothing is proven.
function upper(m: Metric): number {
  return m.ci95?.[1] ?? m.value + 2 * (m.stderr ?? Number.NaN)
}

function lower(m: Metric): number {
  return m.ci95?.[0] ?? m.value - 2 * (m.stderr ?? Number.NaN)
}
