/** @file Costs in a gate. NFE decides, since it is counted; time does not, and is told of the same hardware alone. */
import { covarianceOf, type Items, type Metric, metricDifference, type Point } from '@trivium/schema'
import { meanInterval } from '../statistics/student.ts'
import type { Gated, GateRow } from './gate.ts'
import { nfeTolerance, type Tolerances } from './tolerance.ts'

export function costRows(run: Gated, before: Gated, tolerances: Tolerances): GateRow[] {
  const timed = otherHardware(run, before) === null
  return before.points.flatMap((point): GateRow[] => {
    const now = run.points.find(({ id }) => id === point.id)
    if (now === undefined) return []
    return [nfeRow(now, point, tolerances), ...(timed ? timeRows(now, point) : [])]
  })
}

/** What of the machine is another one, in words; null where nothing is. */
export function otherHardware({ provenance: now }: Gated, { provenance: before }: Gated): string | null {
  const facts = ['cpu', 'cores', 'engine', 'engineThreads'] as const
  const differing = facts.filter((fact) => now[fact] !== before[fact])
  if (differing.length === 0) return null
  return differing.map((fact) => `${fact} ${now[fact]} instead of ${before[fact]}`).join(', ')
}

/** A count where all texts take the same number of forwards; else a mean, whose difference has to be sure as well. */
function nfeRow(now: Point, before: Point, tolerances: Tolerances): GateRow {
  const items = now.nfeItems ?? before.nfeItems
  const difference = now.nfe - before.nfe
  const tolerance = nfeTolerance(before.nfe, items !== undefined, tolerances)
  const interval = items === undefined ? null : differenceOf(now, before, items)
  const sure = interval === null || interval[0] > 0 || interval[1] < 0
  const verdict = Math.abs(difference) <= tolerance || !sure ? 'same' : difference > 0 ? 'worse' : 'better'
  return {
    of: before.id,
    metric: 'nfe',
    unit: 'forwards',
    baseline: before.nfe,
    value: now.nfe,
    difference,
    interval,
    paired: interval !== null,
    tolerance,
    verdict,
  }
}

/** Interval of the difference of two mean NFE; null where too few texts leave none. */
function differenceOf(now: Point, before: Point, some: Items): readonly [number, number] | null {
  const measured = ({ nfe, nfeItems }: Point): Metric => {
    const items = nfeItems ?? {
      ...some,
      values: some.values.map((row) => row.map(() => nfe)) as Items['values'],
    }
    const error = covarianceOf(items, items)
    const ci95 = error === null ? null : meanInterval(nfe, Math.sqrt(error.value), error.degrees)
    return { value: nfe, ci95, items } as Metric
  }
  return metricDifference(measured(now), measured(before)).ci95
}

function timeRows(now: Point, before: Point): GateRow[] {
  return before.latency.flatMap(({ batch, p50 }): GateRow[] => {
    const timed = now.latency.find((one) => one.batch === batch)
    if (timed === undefined) return []
    return [
      {
        of: before.id,
        metric: `latency, batch ${batch}`,
        unit: 'ms',
        baseline: p50,
        value: timed.p50,
        difference: timed.p50 - p50,
        interval: null,
        paired: false,
        tolerance: Number.POSITIVE_INFINITY,
        verdict: 'told',
      },
    ]
  })
}
