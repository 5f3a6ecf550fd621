/** @file Chart 2, quality versus latency: x = median ms of one text at batch 1, log; the Pareto front as steps. */
import {
  type Latency,
  type Metric,
  type MetricName,
  metricTable,
  type Point,
  type Results,
} from '@trivium/schema'
import { log10Axis } from '../axis.ts'
import { type Chart, defineChart, markOf, reachOf, type Scene, sweepSeries } from '../chart.ts'
import {
  type Column,
  latencyColumns,
  metricColumns,
  metricPlace,
  modelColumns,
  type PointRow,
  pointRows,
  settingColumns,
} from '../columns.ts'
import type { Guide, Series, XYPanel } from '../figure.ts'
import { contenders } from '../findings.ts'
import { baselineOf, type Group } from '../members.ts'
import { ms } from '../numbers.ts'
import { paretoFront } from '../pareto.ts'
import { hintOf, latencyOf, rankingMetrics } from '../select.ts'
import { qualityAxis, sourceGuides } from './quality-panel.ts'

type TimedRow = PointRow & { metric: Metric; latency: Latency }

const columns: readonly Column<TimedRow>[] = [
  ...modelColumns,
  ...settingColumns,
  ...latencyColumns,
  ...metricColumns,
]

export const qualityLatency: Chart = defineChart({
  id: '2-quality-vs-latency',
  title: 'Quality versus latency',
  per: 'group',
  rows: ({ groups }) =>
    pointRows(groups).flatMap((row): TimedRow[] => {
      const latency = headline(row.point)
      return latency === undefined ? [] : row.point.quality.map((metric) => ({ ...row, latency, metric }))
    }),
  columns,
  panels: (rows, scene) =>
    scene.groups.flatMap((group) =>
      rankingMetrics(group).flatMap((name) =>
        batchesOf(rows).flatMap((batch) =>
          panel(
            rows.filter((r) => r.latency.batch === batch),
            scene,
            group,
            name,
            batch,
          ),
        ),
      ),
    ),
  caption: (rows, { groups, results }) => [
    `Quality against the median time of one whole text at batch ${batchesOf(rows)[0]}, model warm.`,
    batchesOf(rows).length > 1 &&
      'Some settings were timed at another batch alone: they stand on a front of their own, because times of two batches do not compare.',
    'The grey staircase is the Pareto front over the settings of this group: filled marks lie on it, hollow ones are beaten on both axes.',
    guardSentence(groups),
    groups.some(baselineOf) && 'The vertical line is the autoregressive baseline.',
    'Horizontal whiskers run from p50 to p90 where at least 64 repeats allow a p90; vertical ones are 95 % intervals.',
    results.baselines.length > 0 && 'Lines across: held-out text (black) and controls (dotted).',
  ],
  n: { of: (row) => row.latency.n, noun: () => 'timed repeats a point' },
  columnsAtMost: 3,
  panelHeight: 280,
})

/** Batch 1, or the smallest that was timed. */
const headline = (point: Point): Latency | undefined =>
  latencyOf(point) ?? point.latency.toSorted((a, b) => a.batch - b.batch)[0]

const batchesOf = (rows: readonly TimedRow[]): number[] =>
  [...new Set(rows.map((r) => r.latency.batch))].sort((a, b) => a - b)

/** Repetition pleases a guarded metric. */
function guardSentence(groups: readonly Group[]): string | false {
  const [guard] = groups.flatMap(rankingMetrics).flatMap((name) => metricTable[name].guard ?? [])
  return (
    guard !== undefined &&
    `Hollow too, because not ranked: what repeats itself (${metricTable[guard.metric].short} below ${100 * guard.leastShare} % of held-out text).`
  )
}

function panel(
  rows: readonly TimedRow[],
  { results }: Scene,
  group: Group,
  name: MetricName,
  batch: number,
): XYPanel[] {
  const mine = rows.filter((r) => r.metric.name === name)
  if (mine.length === 0) return []
  const front = frontOf(mine, results, group, name)
  const series = sweepSeries(mine, { ...place, hollow: (row) => !front.has(row) }, columns, 'none')
  const guides = [...baselineTime(mine, group), ...sourceGuides(results, name)]
  const times = series.flatMap((s) => s.points.flatMap((p) => [p.x, p.xHigh ?? p.x]))
  return [
    {
      kind: 'xy',
      id:
        batch === 1 ? `${name}-vs-latency-${group.slug}` : `${name}-vs-latency-batch-${batch}-${group.slug}`,
      title: batch === 1 ? metricTable[name].title : `${metricTable[name].title}, batch ${batch}`,
      hint: hintOf(name),
      x: log10Axis('median ms for one text', times),
      y: qualityAxis(reachOf(series), guides),
      series: [staircase([...front]), ...series],
      guides,
    },
  ]
}

const place = {
  x: (r: TimedRow) => r.latency.p50,
  ...metricPlace,
  xHigh: (r: TimedRow) => r.latency.p90,
  label: (r: TimedRow) => r.point.setting,
}

/** The rows that no other row beats on both axes. What collapsed is on no front: repetition pleases the judge. */
function frontOf(
  rows: readonly TimedRow[],
  { baselines }: Results,
  group: Group,
  name: MetricName,
): ReadonlySet<TimedRow> {
  const collapsed = new Set(contenders(baselines, group, name).flatMap((c) => (c.collapsed ? [c.point] : [])))
  const ranked = rows.filter((r) => !collapsed.has(r.point))
  const flags = paretoFront(
    ranked.map((r) => ({ cost: place.x(r), quality: place.y(r) })),
    metricTable[name].better === 'higher',
  )
  return new Set(ranked.filter((_, i) => flags[i]))
}

function staircase(front: readonly TimedRow[]): Series {
  const points = front.map((row) => markOf(row, { x: place.x, y: place.y }, []))
  return {
    label: 'Pareto front',
    ink: 'guide',
    shape: 'circle',
    dash: [],
    join: 'steps',
    inLegend: false,
    points: points.sort((a, b) => a.x - b.x),
  }
}

function baselineTime(rows: readonly TimedRow[], group: Group): Guide[] {
  const baseline = baselineOf(group)
  const row = rows.find((r) => r.model === baseline)
  if (baseline === undefined || row === undefined) return []
  const { p50 } = row.latency
  const { ink } = baseline.stroke
  return [{ axis: 'x', value: p50, label: `AR ${ms(p50)}`, ink, dash: [5, 4], band: null }]
}
