/**
 * @file Who wins where, as data: comparisons of models from the numbers alone, before they are put into words. A difference
 * counts only when its 95 % interval excludes zero (paired where the units are the same), and a bound is never ranked as if
 * it were exact.
 */
import {
  type Baseline,
  type BoundType,
  type Metric,
  type MetricName,
  metricDifference,
  metricTable,
  type Point,
  type Results,
} from '@trivium/schema'
import { baselineOf, type Group, type Member } from './members.ts'
import { bitsOf, headlineOf, latencyOf, metricOf, pointsOf } from './select.ts'

/** One point with the metric that it is judged by. */
export interface Contender {
  model: Member
  point: Point
  metric: Metric
  /** Median ms of one text at batch 1; null when not measured. */
  ms: number | null
  /** Beyond the metric's guard: it is being pleased by repetition, so the point is not ranked. */
  collapsed: boolean
}

export type Verdict = 'first' | 'second' | 'no difference shown'

/** Every point of a group that has the metric. */
export function contenders(baselines: readonly Baseline[], group: Group, name: MetricName): Contender[] {
  const { guard } = metricTable[name]
  const heldOut = baselines.find((b) => b.kind === 'held-out')
  const mark = guard && heldOut && metricOf(heldOut.quality, guard.metric)?.value
  return pointsOf(group).flatMap(({ model, point }): Contender[] => {
    const metric = metricOf(point.quality, name)
    if (metric === undefined) return []
    const guarded = guard && metricOf(point.quality, guard.metric)?.value
    const collapsed =
      guard !== undefined && mark !== undefined && guarded !== undefined && guarded < guard.leastShare * mark
    return [{ model, point, metric, ms: latencyOf(point)?.p50 ?? null, collapsed }]
  })
}

/** Compares two values of one metric: a winner only when the interval of the difference is known and excludes zero. */
export function compare(a: Metric, b: Metric): Verdict {
  const { better } = metricTable[a.name]
  if (better === 'held-out') return 'no difference shown'
  const [low, high] = better === 'lower' ? [a, b] : [b, a]
  return isBelow(low, high) ? 'first' : isBelow(high, low) ? 'second' : 'no difference shown'
}

/** Whether a is shown to be below b. */
function isBelow(a: Metric, b: Metric): boolean {
  const { ci95 } = metricDifference(a, b)
  return ci95 !== null && ci95[1] < 0
}

/** The best value by the metric's own direction; undefined when there is none, or no direction. */
export function best(list: readonly Contender[]): Contender | undefined {
  const ranked = list.filter((c) => !c.collapsed && metricTable[c.metric.name].better !== 'held-out')
  const loss = ({ metric }: Contender): number =>
    metricTable[metric.name].better === 'higher' ? -metric.value : metric.value
  return ranked.toSorted((a, b) => loss(a) - loss(b) || a.point.nfe - b.point.nfe)[0]
}

/** A model's best setting by the metric of the verdict; undefined when nothing of it is ranked. */
export function leadOf(results: Results, group: Group, model: Member): Contender | undefined {
  const metric = headlineOf(group)
  return metric === undefined
    ? undefined
    : best(contenders(results.baselines, group, metric).filter((c) => c.model === model))
}

/** One budget of network evaluations, and the best of each model within it. */
export interface BudgetRow {
  budget: number
  cells: { model: Member; best: Contender | undefined }[]
  /** The leader, and whether it stands apart from every other model of the row. */
  leader: Contender
  apart: boolean
  /** No other model has anything within the budget. */
  alone: boolean
}

/**
 * Budgets follow the measured step counts: counts within 15 % of each other (S = 16 and 16 + 1 clean-up pass) share
 * one, so that no model loses a whole setting for its last forward. A budget that changes nobody's best is left out.
 */
export function perBudget(list: readonly Contender[]): BudgetRow[] {
  const models = [...new Set(list.map((c) => c.model))]
  const rows = budgets(list.map((c) => c.point.nfe)).flatMap((budget): BudgetRow[] => {
    const cells = models.map((model) => ({
      model,
      best: best(list.filter((c) => c.model === model && c.point.nfe <= budget)),
    }))
    const present = cells.flatMap((c) => c.best ?? [])
    const leader = best(present)
    if (leader === undefined) return []
    const others = present.filter((c) => c !== leader)
    const apart = others.length > 0 && others.every((c) => compare(leader.metric, c.metric) === 'first')
    return [{ budget, cells, leader, apart, alone: others.length === 0 }]
  })
  return rows.filter((row, i) => i === 0 || row.cells.some((c, k) => c.best !== rows[i - 1].cells[k].best))
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

/** A baseline and the best rival by some rule; `first` is the baseline. */
export interface Match {
  baseline: Contender & { ms: number }
  rival: (Contender & { ms: number }) | undefined
  verdict: Verdict
}

const isTimed = (c: Contender): c is Contender & { ms: number } => c.ms !== null

/** Quality at the time the baseline takes: the best point of another model that is no slower. */
export function atBaselineLatency(group: Group, list: readonly Contender[]): Match | null {
  const baseline = pointOfBaseline(group, list)
  if (baseline === undefined) return null
  const rivals = list.filter(isTimed).filter((c) => c.model !== baseline.model && c.ms <= baseline.ms)
  const rival = rivals.find((c) => c === best(rivals))
  return { baseline, rival, verdict: rival === undefined ? 'first' : compare(baseline.metric, rival.metric) }
}

/**
 * Speed at the baseline's quality: the fastest point of another model whose quality is not shown to be worse. Who is
 * faster is decided only when the intervals of both medians are known and apart.
 */
export function atBaselineQuality(group: Group, list: readonly Contender[]): Match | null {
  const baseline = pointOfBaseline(group, list)
  if (baseline === undefined) return null
  const [rival] = list
    .filter(isTimed)
    .filter((c) => c.model !== baseline.model && !c.collapsed && reaches(c.metric, baseline.metric))
    .toSorted((a, b) => a.ms - b.ms)
  if (rival === undefined) return { baseline, rival, verdict: 'no difference shown' }
  const [a, b] = [baseline, rival].map((c) => latencyOf(c.point)?.ci95 ?? null)
  const apart = a !== null && b !== null && (a[1] < b[0] || b[1] < a[0])
  const verdict: Verdict = !apart ? 'no difference shown' : baseline.ms < rival.ms ? 'first' : 'second'
  return { baseline, rival, verdict }
}

/** At least as good as the baseline, or not shown to be worse. */
function reaches(rival: Metric, baseline: Metric): boolean {
  const { better } = metricTable[rival.name]
  const asGood = better === 'higher' ? rival.value >= baseline.value : rival.value <= baseline.value
  return asGood || compare(baseline, rival) === 'no difference shown'
}

/** The baseline's first point: the sampler's defaults come first. Undefined where it is not timed. */
function pointOfBaseline(group: Group, list: readonly Contender[]): (Contender & { ms: number }) | undefined {
  const model = baselineOf(group)
  const first = list.find((c) => c.model === model)
  return first !== undefined && isTimed(first) ? first : undefined
}

/** A control that beats every model of the group on a metric: the metric can be won without writing well. */
export interface ControlWin {
  control: string
  metric: MetricName
  value: number
  best: number
}

export function controlWins(results: Results, group: Group): ControlWin[] {
  const names = [...new Set(pointsOf(group).flatMap(({ point }) => point.quality.map((m) => m.name)))]
  return names.flatMap((metric) => {
    const all = contenders(results.baselines, group, metric).map((c) => ({ ...c, collapsed: false }))
    const leader = best(all)
    if (leader === undefined) return []
    return results.baselines
      .filter((b) => b.kind === 'control')
      .flatMap((b): ControlWin[] => {
        const value = metricOf(b.quality, metric)?.value
        if (value === undefined || value === leader.metric.value) return []
        const wins = value > leader.metric.value === (metricTable[metric].better === 'higher')
        return wins ? [{ control: b.label, metric, value, best: leader.metric.value }] : []
      })
  })
}

/** What the likelihoods allow to be said. A bound below an exact value proves a win; a bound above proves nothing. */
export interface LikelihoodFindings {
  entries: LikelihoodEntry[]
  exactBest: LikelihoodEntry | undefined
  /** Models whose bound is shown to lie below the best exact value. */
  proven: Member[]
  /** Of each kind of bound that several models have: the lowest, and those that it is not shown to be below. */
  lowestBounds: {
    kind: BoundType
    lowest: LikelihoodEntry
    level: LikelihoodEntry[]
    others: LikelihoodEntry[]
  }[]
}

export interface LikelihoodEntry {
  model: Member
  metric: Metric
  bound: boolean
}

export function likelihoods(results: Results, group: Group): LikelihoodFindings {
  const entries = group.models.flatMap((model) => {
    const metric = bitsOf(results, model.id)
    return metric === undefined ? [] : [{ model, metric, bound: metric.boundType !== 'exact' }]
  })
  const ascending = entries.toSorted((a, b) => a.metric.value - b.metric.value)
  const exactBest = ascending.find((e) => !e.bound)
  const proven = entries
    .filter((e) => e.bound && exactBest !== undefined && isBelow(e.metric, exactBest.metric))
    .map((e) => e.model)
  const kinds = new Set(ascending.flatMap((e) => (e.bound ? (e.metric.boundType ?? []) : [])))
  const lowestBounds = [...kinds].flatMap((kind) => {
    const [lowest, ...others] = ascending.filter((e) => e.metric.boundType === kind)
    const level = others.filter((o) => !isBelow(lowest.metric, o.metric))
    return others.length === 0 ? [] : [{ kind, lowest, level, others }]
  })
  return { entries, exactBest, proven, lowestBounds }
}
