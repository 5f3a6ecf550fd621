/** @file Every figure as one row of CSV. */
import type { Results } from '@trivium/schema'
import { toCsv } from '../csv.ts'
import { measuredOf } from './measured.ts'

const header = [
  'model',
  'paradigm',
  'point',
  'sampler',
  'setting',
  'nfe',
  'task',
  'metric',
  'unit',
  'value',
  'ci95_low',
  'ci95_high',
  'stderr',
  'n',
  'bound',
]

/** Latencies stand among the metrics, in ms. */
export function resultsCsv(results: Results): string {
  const measured = measuredOf(results).map(({ model, point, metric }) => [
    ...placeOf(model.id, model.paradigm, point),
    metric.task,
    metric.name,
    metric.unit,
    metric.value,
    metric.ci95?.[0] ?? null,
    metric.ci95?.[1] ?? null,
    metric.stderr,
    metric.n,
    metric.boundType,
  ])
  const timed = results.points.flatMap((point) =>
    point.latency.map(({ batch, p50, ci95, n }) => [
      ...placeOf(point.model, results.models.find(({ id }) => id === point.model)?.paradigm ?? null, point),
      `latency, batch ${batch}`,
      'p50',
      'ms',
      p50,
      ci95?.[0] ?? null,
      ci95?.[1] ?? null,
      null,
      n,
      null,
    ]),
  )
  return toCsv({ header, rows: [...measured, ...timed] })
}

const placeOf = (
  model: string,
  paradigm: string | null,
  point: Results['points'][number] | null,
): (string | number | null)[] => [
  model,
  paradigm,
  point?.id ?? null,
  point?.samplerLabel ?? null,
  point?.setting ?? null,
  point?.nfe ?? null,
]
