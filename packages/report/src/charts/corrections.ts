/** @file Chart 8, corrections: how many errors a setting repairs, against what it breaks and what it changes in clean text. */
import { type Metric, metricTable } from '@trivium/schema'
import { linearAxis } from '../axis.ts'
import { type Chart, defineChart, reachOf, sweepSeries } from '../chart.ts'
import { type Column, modelColumns, type PointRow, pointRows, settingColumns } from '../columns.ts'
import type { Series, XYPanel } from '../figure.ts'
import type { Group } from '../members.ts'
import { intervalText, num } from '../numbers.ts'
import { metricOf } from '../select.ts'

const rates = ['repair-rate', 'breaks-per-error', 'break-rate', 'false-edit-rate'] as const
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
      const of = (name: Rate): Metric | null => metricOf(row.point.quality, name) ?? null
      const found = Object.fromEntries(rates.map((rate) => [rate, of(rate)])) as Record<Rate, Metric | null>
      return found['repair-rate'] === null ? [] : [{ ...row, ...found }]
    }),
  columns,
  panels: (rows, { groups }) =>
    groups.flatMap((group) => [
      ...panel(rows, group, 'breaks-per-error'),
      ...panel(rows, group, 'false-edit-rate'),
    ]),
  caption: () => [
    'A setting that changes nothing stands at the lower left corner. Repairs and breaks are both counted for each error: above the dashed line a text has fewer errors than before.',
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
  const marks = sweepSeries(mine, place, columns)
  const series = cost === 'breaks-per-error' ? [...marks, evenLine(mine.map(place.x))] : marks
  return [
    {
      kind: 'xy',
      id: `repair-vs-${cost}-${group.slug}`,
      title: `${metricTable['repair-rate'].title}, by ${metricTable[cost].short}`,
      hint: 'higher and further left is better',
      x: linearAxis(metricTable[cost].title.toLowerCase(), mine.map(place.x), true),
      y: linearAxis('', reachOf(marks), true),
      series,
      guides: [],
    },
  ]
}

/** As many broken as repaired, as far as the marks reach. */
function evenLine(xs: readonly number[]): Series {
  const end = Math.min(1, Math.max(...xs))
  return {
    ink: 'guide',
    shape: 'circle',
    dash: [2, 3],
    label: 'as many broken as repaired',
    join: 'line',
    inLegend: true,
    points: [0, end].map((at) => ({
      x: at,
      y: at,
      interval: null,
      xHigh: null,
      label: null,
      hollow: false,
      tips: [],
    })),
  }
}
