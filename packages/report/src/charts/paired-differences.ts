/** @file Chart 13, differences to the baseline: the best setting of every other model against the baseline's, paired where the items are the same. */
import {
  type Difference,
  type Metric,
  type MetricName,
  metricDifference,
  metricTable,
  paradigmTable,
} from '@trivium/schema'
import { linearAxis } from '../axis.ts'
import { type Chart, defineChart, type Scene } from '../chart.ts'
import { type Column, modelColumns, type PointRow, pointRows, settingColumns, tipsOf } from '../columns.ts'
import type { ForestPanel, PanelSpec } from '../figure.ts'
import { best, contenders } from '../findings.ts'
import { baselineOf, type Group, settingOf } from '../members.ts'
import { intervalText, num } from '../numbers.ts'
import { rankingMetrics } from '../select.ts'

type DifferenceRow = PointRow & { metric: Metric; against: Metric; difference: Difference }

const columns: readonly Column<DifferenceRow>[] = [
  ...modelColumns,
  ...settingColumns,
  { name: 'metric', value: (r) => r.metric.name },
  {
    name: 'difference',
    value: (r) => r.difference.value,
    tip: ({ difference: d }) => `${signed(d.value)} ${intervalText(d.ci95)}`.trim(),
  },
  { name: 'ci95_low', value: (r) => r.difference.ci95?.[0] ?? null },
  { name: 'ci95_high', value: (r) => r.difference.ci95?.[1] ?? null },
  {
    name: 'paired',
    value: (r) => String(r.difference.paired),
    tip: (r) => (r.difference.paired ? 'paired, item by item' : 'taken as independent'),
  },
  {
    name: 'value',
    value: (r) => r.metric.value,
    tip: (r) => `${num(r.metric.value)} against ${num(r.against.value)}`,
  },
  { name: 'baseline', value: (r) => r.against.value },
  { name: 'n', value: (r) => r.metric.n, tip: (r) => `n = ${r.metric.n}` },
]

const signed = (value: number): string => `${value > 0 ? '+' : value < 0 ? '−' : ''}${num(Math.abs(value))}`

export const pairedDifferences: Chart = defineChart({
  id: '13-paired-differences',
  title: 'Differences to the baseline',
  per: 'group',
  rows: ({ results, groups }) => groups.flatMap((group) => rowsOf(results, group)),
  columns,
  panels: (rows, { groups }) => groups.flatMap((group) => panelsOf(rows, group)),
  caption: (rows) => [
    'The best setting of each sampler less the best of the autoregressive baseline; the whisker is the 95 % interval of the difference, and a filled mark means that it excludes zero.',
    rows.some((r) => r.difference.paired) &&
      'Where both were measured on the same items the interval is the paired one.',
  ],
  n: { of: (row) => row.metric.n, noun: () => 'items a value' },
  columnsAtMost: 2,
  panelHeight: (panels) => Math.max(140, ...panels.map((p) => 76 + 38 * linesOf(p))),
})

const linesOf = (panel: PanelSpec): number => (panel.kind === 'forest' ? panel.rows.length : 0)

function rowsOf(results: Scene['results'], group: Group): DifferenceRow[] {
  const baseline = baselineOf(group)
  if (baseline === undefined) return []
  const all = pointRows([group])
  return rankingMetrics(group).flatMap((name) => {
    const list = contenders(results.baselines, group, name)
    const own = best(list.filter((c) => c.model === baseline))
    if (own === undefined) return []
    const rivals = group.models.filter((m) => m !== baseline).flatMap((m) => m.sweeps)
    return rivals.flatMap(({ points }): DifferenceRow[] => {
      const top = best(list.filter((c) => points.includes(c.point)))
      const row = all.find((r) => r.point === top?.point)
      if (top === undefined || row === undefined) return []
      const { metric } = top
      return [{ ...row, metric, against: own.metric, difference: metricDifference(metric, own.metric) }]
    })
  })
}

function panelsOf(rows: readonly DifferenceRow[], group: Group): ForestPanel[] {
  return rankingMetrics(group).flatMap((name): ForestPanel[] => {
    const mine = rows.filter((r) => r.group === group && r.metric.name === name)
    if (mine.length === 0) return []
    const ends = mine.flatMap(({ difference: d }) => d.ci95 ?? [d.value])
    return [
      {
        kind: 'forest',
        id: `difference-${name}-${group.slug}`,
        title: metricTable[name].title,
        hint: hintOf(name),
        x: linearAxis('difference to the baseline', [0, ...ends, 1.25 * Math.max(...ends)], false, true),
        rows: mine.map((row) => ({
          ...row.sweep.stroke,
          label: `${nameOf(row)} ${settingOf(row.point)}`,
          value: row.difference.value,
          interval: row.difference.ci95,
          text: signed(row.difference.value),
          tips: tipsOf(columns, row),
        })),
        guides: [],
      },
    ]
  })
}

const hintOf = (name: MetricName): string =>
  metricTable[name].better === 'higher' ? 'right of zero is better' : 'left of zero is better'

/** Short where the paradigm is enough. */
const nameOf = ({ model }: DifferenceRow): string =>
  model.name === paradigmTable[model.paradigm].label ? paradigmTable[model.paradigm].short : model.name
