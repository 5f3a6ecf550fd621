/** @file Chart 8, corrections: how many errors a setting repairs, against what it breaks and what it changes in clean text. */
import type { Metric, MetricName } from '@trivium/schema'
import { metricTable } from '@trivium/schema'
import { linearAxis } from '../axis.ts'
import { type Chart, defineChart, reachOf, sweepSeries } from '../chart.ts'
import { type Column, modelColumns, type PointRow, pointRows, settingColumns } from '../columns.ts'
import type { XYPanel } from '../figure.ts'
import type { Group } from '../members.ts'
import { intervalText, num } from '../numbers.ts'
import { metricOf } from '../select.ts'

const rates = ['repair-rate', 'break-rate', 'false-edit-rate'] as const
type Rate = (typeof rates)[number]
type CorrectionRow = PointRow & { readonly [R in Rate]: Metric | null }

const columns: readonly Column<CorrectionRow>[] = [
  ...modelColumns,
  ...settingColumns,
  ...rates.flatMap((rate): Column<CorrectionRow>[] => [
    {
      name: rate.replaceAll('-', '_'),
      value: (r) => r[rate]?.value ?? null,
      tip: (r) => {
        const metric = r[rate]
        return metric === null
          ? null
          : `${metricTable[rate].short} ${num(metric.value)} ${intervalText(metric.ci95)}`
      },
    },
    { name: `${rate.replaceAll('-', '_')}_ci95_low`, value: (r) => r[rate]?.ci95?.[0] ?? null },
    { name: `${rate.replaceAll('-', '_')}_ci95_high`, value: (r) => r[rate]?.ci95?.[1] ?? null },
  ]),
]

export const corrections: Chart = defineChart({
  id: '8-corrections',
  title: 'Repairs and breaks',
  per: 'group',
  rows: ({ groups }) =>
    pointRows(groups).flatMap((row): CorrectionRow[] => {
      const of = (name: MetricName): Metric | null => metricOf(row.point.quality, name) ?? null
      const [repair, breaks, edits] = rates.map(of)
      return repair === null
        ? []
        : [{ ...row, 'repair-rate': repair, 'break-rate': breaks, 'false-edit-rate': edits }]
    }),
  columns,
  panels: (rows, { groups }) =>
    groups.flatMap((group) => [
      ...panel(rows, group, 'break-rate'),
      ...panel(rows, group, 'false-edit-rate'),
    ]),
  caption: () => [
    'A setting that changes nothing stands at the lower left corner. Right characters are many more than wrong ones, so that a small rate of breaks undoes many repairs.',
    'Whiskers: 95 % intervals.',
  ],
  n: { of: (row) => row['repair-rate']?.n ?? null, noun: () => 'texts a point' },
  columnsAtMost: 2,
  panelHeight: 280,
})

/** Repairs against one of the costs. */
function panel(rows: readonly CorrectionRow[], group: Group, cost: Rate): XYPanel[] {
  const mine = rows.filter((r) => r.group === group && r[cost] !== null)
  if (mine.length === 0) return []
  const place = {
    x: (r: CorrectionRow) => r[cost]?.value ?? 0,
    y: (r: CorrectionRow) => r['repair-rate']?.value ?? 0,
    interval: (r: CorrectionRow) => r['repair-rate']?.ci95 ?? null,
    label: (r: CorrectionRow) => r.point.setting,
  }
  const series = sweepSeries(mine, place, columns)
  return [
    {
      kind: 'xy',
      id: `repair-vs-${cost}-${group.slug}`,
      title: `${metricTable['repair-rate'].title}, by ${metricTable[cost].short}`,
      hint: 'higher and further left is better',
      x: linearAxis(metricTable[cost].title.toLowerCase(), mine.map(place.x), true),
      y: linearAxis('', reachOf(series), true),
      series,
      guides: [],
    },
  ]
}
