/**
 * @file The gate: whether a run is worse than what was accepted. Metrics with items compare by paired differences; NFE is a
 * count; time is told and never decides. One function gives the rows, the verdict and the exit code.
 */
import { canonicalJson, type Metric, metricDifference, metricTable, type Results } from '@trivium/schema'
import { simultaneousFactor } from '../statistics/simultaneous.ts'
import { costRows, otherHardware } from './costs.ts'
import { familyAlpha, type Tolerances, toleranceOf } from './tolerance.ts'

/** What is read of results. */
export type Gated = Pick<
  Results,
  'name' | 'partial' | 'evaluationVersion' | 'metrics' | 'points' | 'baselines'
> & {
  readonly provenance: Pick<
    Results['provenance'],
    'datasetSha256' | 'cpu' | 'cores' | 'engine' | 'engineThreads'
  >
}

/** told: nothing can be decided, or it is not to decide anything. */
export type GateRowVerdict = 'same' | 'better' | 'worse' | 'told'
export type GateRow = {
  /** `model` or `model/point`. */
  readonly of: string
  /** A metric, or nfe, or latency. */
  readonly metric: string
  readonly unit: string
  readonly baseline: number
  readonly value: number
  readonly difference: number
  /** Of the difference, holding for all rows together; null where there is none. */
  readonly interval: readonly [number, number] | null
  readonly paired: boolean
  readonly tolerance: number
  readonly verdict: GateRowVerdict
}
export type GateVerdict = {
  readonly passed: boolean
  /** 2: the two do not compare; 3: something is worse. */
  readonly exitCode: 0 | 2 | 3
  /** Why they do not compare, a line each. */
  readonly problems: readonly string[]
  readonly rows: readonly GateRow[]
  /** Why times are not shown: the hardware is another; null where it is the same. */
  readonly untimed: string | null
}

/** @param before what was accepted */
export function gate(run: Gated, before: Gated, tolerances: Tolerances = {}): GateVerdict {
  const problems = problemsOf(run, before)
  const pairs = problems.length > 0 ? [] : pairsOf(run, before, problems)
  const marks = heldOutOf(before)
  const metricRows = pairs.map((pair) => metricRow(pair, { comparisons: pairs.length, marks, tolerances }))
  const rows = [...metricRows, ...costRows(run, before, tolerances)]
  if (problems.length === 0 && rows.every(({ verdict }) => verdict === 'told'))
    problems.push('nothing can be decided: no metric of the baseline has an interval, and no point an NFE')
  const failed = rows.some(({ verdict }) => verdict === 'worse')
  const exitCode = problems.length > 0 ? 2 : failed ? 3 : 0
  return { passed: exitCode === 0, exitCode, problems, rows, untimed: otherHardware(run, before) }
}

function problemsOf(run: Gated, before: Gated): string[] {
  const problems: string[] = []
  const version = ({ evaluationVersion }: Gated): string => `version ${evaluationVersion ?? 'unknown'}`
  if (run.evaluationVersion !== before.evaluationVersion)
    problems.push(
      `the baseline was measured by ${version(before)} of the evaluation, the run by ${version(run)}: measure both by one`,
    )
  if (run.name !== before.name) problems.push(`the baseline is of '${before.name}', the run of '${run.name}'`)
  if (run.provenance.datasetSha256 !== before.provenance.datasetSha256)
    problems.push('the run and the baseline are about different data (sha256)')
  for (const [what, { partial }] of [
    ['run', run],
    ['baseline', before],
  ] as const)
    if (partial !== undefined) problems.push(`the ${what} is partial (${partial})`)
  return problems
}

type Pair = { readonly of: string; readonly now: Metric; readonly before: Metric }

/** Every metric of the baseline with that of the run; what is missing or was measured otherwise is a problem. */
function pairsOf(run: Gated, before: Gated, problems: string[]): Pair[] {
  const likelihoods = before.metrics.flatMap((metric): Pair[] => {
    const now = run.metrics.find(({ model, name }) => model === metric.model && name === metric.name)
    return pairOf(metric.model, metric, now, problems)
  })
  const quality = before.points.flatMap((point): Pair[] => {
    const other = run.points.find(({ id }) => id === point.id)
    if (other === undefined) {
      problems.push(`the run lacks the point ${point.id}`)
      return []
    }
    if (canonicalJson(other.sampler) !== canonicalJson(point.sampler))
      problems.push(`the point ${point.id} has another sampler in the baseline`)
    return point.quality.flatMap((metric) =>
      pairOf(
        point.id,
        metric,
        other.quality.find(({ name }) => name === metric.name),
        problems,
      ),
    )
  })
  return [...likelihoods, ...quality]
}

function pairOf(of: string, before: Metric, now: Metric | undefined, problems: string[]): Pair[] {
  const what = `${before.name} of ${of}`
  if (now === undefined) problems.push(`the run lacks ${what}`)
  else if (now.task !== before.task)
    problems.push(`${what} was measured on ${now.task}, in the baseline on ${before.task}`)
  // Of the rows that a language can write there are as many as were drawn.
  else if (now.n !== before.n && before.name !== 'oracle-gap')
    problems.push(`${what} has n = ${now.n}, in the baseline ${before.n}`)
  else if (now.items?.values.length !== before.items?.values.length)
    problems.push(
      `${what} is of ${now.items?.values.length ?? 'unknown'} training seeds, in the baseline of ${before.items?.values.length ?? 'unknown'}`,
    )
  else if (now.ci95 === null && before.ci95 !== null) problems.push(`${what} has no interval in the run`)
  else if (now.boundType !== before.boundType)
    problems.push(`${what} is ${now.boundType}, in the baseline ${before.boundType}`)
  else return [{ of, now, before }]
  return []
}

type RowOptions = {
  /** As many hold together. */
  readonly comparisons: number
  /** Values of held-out text. */
  readonly marks: ReadonlyMap<string, number>
  readonly tolerances: Tolerances
}

function metricRow({ of, now, before }: Pair, { comparisons, marks, tolerances }: RowOptions): GateRow {
  const { value: difference, ci95, paired, degrees } = metricDifference(now, before)
  const wider = simultaneousFactor(degrees, comparisons, familyAlpha)
  const interval = ci95 === null ? null : widened(difference, ci95, wider)
  const tolerance = toleranceOf(before.name, before.value, tolerances)
  const differs =
    interval !== null && (interval[0] > 0 || interval[1] < 0) && Math.abs(difference) > tolerance
  const verdict: GateRowVerdict =
    interval === null ? 'told' : !differs ? 'same' : isWorse(now, before, marks) ? 'worse' : 'better'
  const { unit } = metricTable[before.name]
  return {
    of,
    metric: before.name,
    unit,
    baseline: before.value,
    value: now.value,
    difference,
    interval,
    paired,
    tolerance,
    verdict,
  }
}

const widened = (
  value: number,
  [low, high]: readonly [number, number],
  by: number,
): readonly [number, number] => [value - by * (value - low), value + by * (high - value)]

/** Where neither way is better, a step away from the value of held-out text is worse; without one, any step. */
function isWorse(now: Metric, before: Metric, marks: ReadonlyMap<string, number>): boolean {
  const { better } = metricTable[before.name]
  if (better === 'higher') return now.value < before.value
  if (better === 'lower') return now.value > before.value
  // The rows of a language have no gap to themselves.
  const mark = before.name === 'oracle-gap' ? 0 : marks.get(before.name)
  return mark === undefined || Math.abs(now.value - mark) > Math.abs(before.value - mark)
}

function heldOutOf({ baselines }: Gated): Map<string, number> {
  const heldOut = baselines.find(({ kind }) => kind === 'held-out')
  return new Map(heldOut?.quality.map(({ name, value }) => [name, value]))
}
