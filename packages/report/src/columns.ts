/**
 * @file The columns of a chart's rows. One definition gives the header of the CSV, the value under it and, where it has
 * one, the line of the tooltip, so that none of the three can drift.
 */
import type { Baseline, Latency, Metric, Paradigm, Point, Results } from '@trivium/schema'
import type { Cell, CsvTable } from './figure.ts'
import type { Group, Member, Sweep } from './members.ts'
import { ms, nfe, num } from './numbers.ts'

export interface Column<Row> {
  name: string
  value: (row: Row) => Cell
  /** The tooltip's line; null for a row that has nothing to say there. */
  tip?: (row: Row) => string | null
}

export function tableOf<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): CsvTable {
  return { header: columns.map((c) => c.name), rows: rows.map((row) => columns.map((c) => c.value(row))) }
}

export function tipsOf<Row>(columns: readonly Column<Row>[], row: Row): string[] {
  return columns.flatMap((c) => c.tip?.(row) ?? [])
}

/** The columns of a part of the row; empty fields where the row lacks it. */
export function within<Row, Part>(
  columns: readonly Column<Part>[],
  part: (row: Row) => Part | null,
): Column<Row>[] {
  return columns.map((c) => ({
    name: c.name,
    value: (row) => {
      const found = part(row)
      return found === null ? null : c.value(found)
    },
    tip: (row) => {
      const found = part(row)
      return found === null ? null : (c.tip?.(found) ?? null)
    },
  }))
}

/** A point of a sweep: what most charts plot. */
export interface PointRow {
  group: Group
  model: Member
  sweep: Sweep
  point: Point
}

export function pointRows(groups: readonly Group[]): PointRow[] {
  return groups.flatMap((group) =>
    group.models.flatMap((model) =>
      model.sweeps.flatMap((sweep) => sweep.points.map((point) => ({ group, model, sweep, point }))),
    ),
  )
}

export const modelColumns: readonly Column<{ group: Group; model: Member }>[] = [
  { name: 'group', value: (r) => r.group.id },
  { name: 'model', value: (r) => r.model.label },
  { name: 'paradigm', value: (r) => r.model.paradigm },
]

export const settingColumns: readonly Column<PointRow>[] = [
  { name: 'sampler', value: (r) => r.point.samplerLabel },
  { name: 'setting', value: (r) => r.point.setting, tip: (r) => r.point.setting },
  { name: 'nfe', value: (r) => r.point.nfe, tip: (r) => `NFE ${nfe(r.point.nfe)}` },
  { name: 'token_positions', value: (r) => r.point.tokenPositions },
  { name: 'point', value: (r) => r.point.id },
]

/** Where texts come from: a point of a sweep or, with `at` null, a source without a model. */
export interface SourceRow {
  group: Group
  label: string
  kind: Paradigm | Baseline['kind']
  at: PointRow | null
  quality: readonly Metric[]
}

/** The points of the groups, then, for each group, held-out text and controls. */
export function sourceRows(results: Results, groups: readonly Group[]): SourceRow[] {
  return [
    ...pointRows(groups).map((at) => ({
      group: at.group,
      label: at.model.label,
      kind: at.model.paradigm,
      at,
      quality: at.point.quality,
    })),
    ...groups.flatMap((group) => results.baselines.map((b) => ({ group, at: null, ...b }))),
  ]
}

export const sourceColumns: readonly Column<SourceRow>[] = [
  { name: 'group', value: (r) => r.group.id },
  { name: 'source', value: (r) => r.label },
  { name: 'paradigm', value: (r) => r.kind },
  ...within(settingColumns, (r: SourceRow) => r.at),
]

/** Where a metric stands on the y axis, with its interval. */
export const metricPlace = {
  y: (r: { metric: Metric }): number => r.metric.value,
  interval: (r: { metric: Metric }): Metric['ci95'] => r.metric.ci95,
}

export const metricColumns: readonly Column<{ metric: Metric }>[] = [
  { name: 'metric', value: (r) => r.metric.name },
  { name: 'value', value: (r) => r.metric.value },
  { name: 'ci95_low', value: (r) => r.metric.ci95?.[0] ?? null },
  { name: 'ci95_high', value: (r) => r.metric.ci95?.[1] ?? null },
  { name: 'n', value: (r) => r.metric.n, tip: (r) => `n = ${r.metric.n}` },
  { name: 'unit', value: (r) => r.metric.unit },
]

export const latencyColumns: readonly Column<{ latency: Latency }>[] = [
  { name: 'batch', value: (r) => r.latency.batch },
  { name: 'p50_ms', value: (r) => r.latency.p50, tip: (r) => `p50 ${ms(r.latency.p50)}` },
  {
    name: 'p90_ms',
    value: (r) => r.latency.p90,
    tip: ({ latency: l }) => (l.p90 === null ? `p90 n/a (n=${l.n})` : `p90 ${ms(l.p90)}`),
  },
  { name: 'p50_ci95_low_ms', value: (r) => r.latency.ci95?.[0] ?? null },
  { name: 'p50_ci95_high_ms', value: (r) => r.latency.ci95?.[1] ?? null },
  { name: 'latency_n', value: (r) => r.latency.n, tip: (r) => `${r.latency.n} timed` },
  { name: 'ms_first_token', value: (r) => r.latency.msFirstToken },
  {
    name: 'tokens_per_second',
    value: (r) => r.latency.tokensPerSecond,
    tip: (r) => `${num(r.latency.tokensPerSecond)} tokens/s`,
  },
]
