/** @file Chart 14, parallelism: the share of right answers against the tokens that a forward writes. */
import type { Metric } from '@trivium/schema'
import { linearAxis, log2Axis } from '../axis.ts'
import { type Chart, defineChart, reachOf, sweepSeries } from '../chart.ts'
import {
  type Column,
  metricColumns,
  metricPlace,
  modelColumns,
  type PointRow,
  pointRows,
  settingColumns,
} from '../columns.ts'
import { num } from '../numbers.ts'
import { metricOf } from '../select.ts'

type AnsweredRow = PointRow & { metric: Metric; perForward: Metric }

const columns: readonly Column<AnsweredRow>[] = [
  ...modelColumns,
  ...settingColumns,
  ...metricColumns,
  {
    name: 'tokens_per_forward',
    value: (r) => r.perForward.value,
    tip: (r) => `${num(r.perForward.value)} tokens a forward`,
  },
  { name: 'tokens_per_forward_ci95_low', value: (r) => r.perForward.ci95?.[0] ?? null },
  { name: 'tokens_per_forward_ci95_high', value: (r) => r.perForward.ci95?.[1] ?? null },
]

const place = {
  x: (r: AnsweredRow) => r.perForward.value,
  ...metricPlace,
  label: (r: AnsweredRow) => r.point.setting,
}

export const parallelism: Chart = defineChart({
  id: '14-parallelism',
  title: 'Right answers and parallelism',
  per: 'group',
  rows: ({ groups }) =>
    pointRows(groups).flatMap((row): AnsweredRow[] => {
      const [metric, perForward] = (['accuracy', 'tokens-per-forward'] as const).map((name) =>
        metricOf(row.point.quality, name),
      )
      return metric === undefined || perForward === undefined ? [] : [{ ...row, metric, perForward }]
    }),
  columns,
  panels: (rows, { groups }) => {
    const series = sweepSeries(rows, place, columns)
    return groups.map(({ slug }) => ({
      kind: 'xy',
      id: `accuracy-vs-parallelism-${slug}`,
      title: 'Share of right answers',
      hint: 'higher and further right is better',
      x: log2Axis('tokens written per forward', rows.map(place.x)),
      y: linearAxis('', reachOf(series), true),
      series,
      guides: [],
    }))
  },
  caption: () => [
    'How many tokens a forward writes, and what that costs in right answers, which a verifier accepts whole. Every forward counts; given tokens, EOS and PAD do not. Whiskers: 95 % intervals.',
  ],
  n: { of: (row) => row.metric.n, noun: () => 'answers a point' },
  columnsAtMost: 1,
  panelHeight: 280,
})
