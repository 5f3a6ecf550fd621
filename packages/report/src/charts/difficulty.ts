/** @file Chart 7, difficulty: right answers by how hard a problem is, and whether the forwards follow it (Spearman's ρ). */
import { type Metric, metricTable } from '@trivium/schema'
import { linearAxis } from '../axis.ts'
import { type Chart, defineChart, reachOf, sweepSeries } from '../chart.ts'
import { type Column, modelColumns, type PointRow, pointRows, settingColumns, tipsOf } from '../columns.ts'
import type { ForestPanel, PanelSpec, XYPanel } from '../figure.ts'
import { best, contenders } from '../findings.ts'
import { type Group, settingOf } from '../members.ts'
import { intervalText, num } from '../numbers.ts'
import { metricOf } from '../select.ts'

type Stratum = NonNullable<Metric['strata']>[number]
/** A stratum of an accuracy, or the rank correlation of a setting. */
type DifficultyRow = PointRow & { stratum: Stratum | null; effort: Metric | null }

const countOf = (r: DifficultyRow): number => (r.stratum ?? r.effort)?.n ?? 0

const columns: readonly Column<DifficultyRow>[] = [
  ...modelColumns,
  ...settingColumns,
  { name: 'stratum', value: (r) => r.stratum?.name ?? null, tip: (r) => r.stratum?.name ?? null },
  { name: 'accuracy', value: (r) => r.stratum?.value ?? null },
  {
    name: 'spearman',
    value: (r) => r.effort?.value ?? null,
    tip: (r) => (r.effort ? `ρ ${num(r.effort.value)} ${intervalText(r.effort.ci95)}` : null),
  },
  { name: 'ci95_low', value: (r) => (r.stratum ?? r.effort)?.ci95?.[0] ?? null },
  { name: 'ci95_high', value: (r) => (r.stratum ?? r.effort)?.ci95?.[1] ?? null },
  { name: 'n', value: countOf, tip: (r) => `n = ${countOf(r)}` },
]

export const difficulty: Chart = defineChart({
  id: '7-difficulty',
  title: 'Difficulty',
  per: 'group',
  rows: ({ results, groups }) =>
    groups.flatMap((group) => {
      const list = contenders(results.baselines, group, 'accuracy')
      return pointRows([group]).flatMap((row): DifficultyRow[] => {
        const effort = metricOf(row.point.quality, 'nfe-difficulty') ?? null
        const top = best(list.filter((c) => row.sweep.points.includes(c.point)))
        const strata = top?.point === row.point ? (top.metric.strata ?? []) : []
        return [
          ...strata.map((stratum) => ({ ...row, stratum, effort: null })),
          ...(effort === null ? [] : [{ ...row, stratum: null, effort }]),
        ]
      })
    }),
  columns,
  panels: (rows, { groups }) =>
    groups.flatMap((group): PanelSpec[] => [...accuracyPanel(rows, group), ...effortPanel(rows, group)]),
  caption: (rows) => [
    rows.some((r) => r.stratum) &&
      'Right answers by difficulty, every sampler at its best setting; a mark stands in the middle of its stratum.',
    rows.some((r) => r.effort) &&
      'ρ is the rank correlation of the forwards of an answer with the difficulty of its problem: above zero where a sampler spends more on what is harder.',
    'Whiskers: 95 % intervals.',
  ],
  n: { of: countOf, noun: () => 'answers a mark' },
  columnsAtMost: 2,
  // A model and its setting take three lines of a label.
  panelHeight: (panels) =>
    Math.max(260, ...panels.map((p) => (p.kind === 'forest' ? 76 + 56 * p.rows.length : 0))),
})

/** The middle of 'difficulty 2–5'; of a name without numbers its place among the strata. */
function middleOf({ stratum }: DifficultyRow, all: readonly DifficultyRow[]): number {
  const numbers = (stratum?.name.match(/\d+(?:\.\d+)?/g) ?? []).map(Number)
  if (numbers.length > 0) return numbers.reduce((a, b) => a + b, 0) / numbers.length
  return [...new Set(all.map((r) => r.stratum?.name))].indexOf(stratum?.name)
}

function accuracyPanel(rows: readonly DifficultyRow[], group: Group): XYPanel[] {
  const mine = rows.filter((r) => r.group === group && r.stratum !== null)
  if (mine.length === 0) return []
  const place = {
    x: (r: DifficultyRow) => middleOf(r, mine),
    y: (r: DifficultyRow) => r.stratum?.value ?? 0,
    interval: (r: DifficultyRow) => r.stratum?.ci95 ?? null,
  }
  const series = sweepSeries(mine, place, columns)
  return [
    {
      kind: 'xy',
      id: `accuracy-by-difficulty-${group.slug}`,
      title: 'Share of right answers by difficulty',
      hint: 'higher is better',
      x: linearAxis('difficulty', mine.map(place.x)),
      y: linearAxis('', [...reachOf(series), 1], true),
      series,
      guides: [],
    },
  ]
}

function effortPanel(rows: readonly DifficultyRow[], group: Group): ForestPanel[] {
  const mine = rows.flatMap((r) =>
    r.group === group && r.effort !== null ? [{ ...r, effort: r.effort }] : [],
  )
  if (mine.length === 0) return []
  return [
    {
      kind: 'forest',
      id: `effort-by-difficulty-${group.slug}`,
      title: metricTable['nfe-difficulty'].title,
      hint: 'right of zero: harder problems take more forwards',
      x: linearAxis('ρ', [0, ...mine.flatMap(({ effort: e }) => e.ci95 ?? [e.value])], false, true),
      rows: mine.map((row) => ({
        ...row.sweep.stroke,
        label: `${row.model.name}, ${settingOf(row.point)}`,
        value: row.effort.value,
        interval: row.effort.ci95,
        text: num(row.effort.value),
        tips: tipsOf(columns, row),
      })),
      guides: [],
    },
  ]
}
