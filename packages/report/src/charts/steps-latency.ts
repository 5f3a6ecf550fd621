/** @file Chart 3, steps versus latency: what a forward costs, one panel a batch size. */
import type { Latency } from '@trivium/schema'
import { log2Axis, log10Axis } from '../axis.ts'
import { type Chart, defineChart, reachOf, sweepSeries } from '../chart.ts'
import {
  type Column,
  latencyColumns,
  modelColumns,
  type PointRow,
  pointRows,
  settingColumns,
} from '../columns.ts'
import type { XYPanel } from '../figure.ts'
import { num } from '../numbers.ts'

type TimedRow = PointRow & { latency: Latency }

const perForward = ({ point, latency }: TimedRow): number | null =>
  point.nfe > 0 ? latency.p50 / point.nfe : null

const columns: readonly Column<TimedRow>[] = [
  ...modelColumns,
  ...settingColumns,
  ...latencyColumns,
  {
    name: 'ms_per_forward',
    value: perForward,
    tip: (row) => {
      const ms = perForward(row)
      return ms === null ? null : `${num(ms)} ms a forward`
    },
  },
]

export const stepsLatency: Chart = defineChart({
  id: '3-steps-vs-latency',
  title: 'Steps versus latency',
  per: 'group',
  rows: ({ groups }) =>
    pointRows(groups).flatMap((row) => row.point.latency.map((latency) => ({ ...row, latency }))),
  columns,
  panels: (rows, { groups }) => {
    const batches = [...new Set(rows.map((r) => r.latency.batch))].sort((a, b) => a - b)
    return groups.flatMap(({ slug }) => batches.map((batch) => panel(rows, batch, slug)))
  },
  caption: (rows) => [
    'What a forward costs. Both axes are logarithmic, so a method whose every forward costs the same runs along the diagonal.',
    rows.some((r) => r.model.paradigm === 'autoregressive') &&
      'An autoregressive forward with a KV cache pushes one position through the network, a diffusion forward the whole canvas.',
    'Vertical whiskers, where there are repeats enough: 95 % interval of the median.',
  ],
  n: { of: (row) => row.latency.n, noun: () => 'timed repeats a point' },
  columnsAtMost: 3,
  panelHeight: 280,
  folded: true,
})

function panel(rows: readonly TimedRow[], batch: number, slug: string): XYPanel {
  const mine = rows.filter((r) => r.latency.batch === batch)
  const series = sweepSeries(mine, place, columns)
  return {
    kind: 'xy',
    id: `latency-vs-steps-batch-${batch}-${slug}`,
    title: `Batch ${batch}`,
    hint: 'lower is faster',
    x: log2Axis(
      'forwards (NFE)',
      mine.map((r) => r.point.nfe),
    ),
    y: log10Axis('median ms for one text', reachOf(series)),
    series,
    guides: [],
  }
}

const place = {
  x: (r: TimedRow) => r.point.nfe,
  y: (r: TimedRow) => r.latency.p50,
  interval: (r: TimedRow) => r.latency.ci95,
  // A sweep without a dial is a lone mark: its setting names it.
  label: (r: TimedRow) => (r.sweep.points.length === 1 ? r.point.setting : null),
}
