/**
 * @file What a chart is: which rows it plots, their columns, its panels and its words. `defineChart` adds what all charts
 * share: ids, legends, CSV, and the caption's n, seeds, machine and commit.
 */
import type { Results } from '@trivium/schema'
import { caption } from './caption.ts'
import type { Chapter } from './chapter.ts'
import { type Column, type PointRow, tableOf, tipsOf } from './columns.ts'
import { type FigurePoint, type FigureSpec, legendOf, type PanelSpec, type Series } from './figure.ts'
import type { Group } from './members.ts'

/** What a figure is drawn from: one group of a chapter, or all of them. */
export interface Scene {
  results: Results
  groups: readonly Group[]
}

/** A sentence of a caption; false leaves it out. */
export type Sentence = string | false

export interface ChartSpec<Row> {
  /** File stem of its figures: the number that docs give it, and a name. */
  id: string
  title: string
  /** One figure a group, or one for all groups side by side. */
  per: 'group' | 'results'
  rows: (scene: Scene) => Row[]
  columns: readonly Column<Row>[]
  /** Without panels there is no figure. */
  panels: (rows: readonly Row[], scene: Scene) => PanelSpec[]
  caption: (rows: readonly Row[], scene: Scene) => Sentence[]
  /** How many texts, rows or repeats stand behind a row, and their name in the plural; null for a row without. */
  n?: { of: (row: Row) => number | null; noun: (scene: Scene) => string }
  columnsAtMost: 1 | 2 | 3
  panelHeight: number | ((panels: readonly PanelSpec[]) => number)
  /** A detail: the page shows it on demand. */
  folded?: true
}

export interface Chart {
  id: string
  title: string
  /** In the order of groups; results that lack what the chart plots leave out a figure, never fail. */
  figures: (chapter: Pick<Chapter, 'results' | 'groups' | 'slug'>) => FigureSpec[]
}

export function defineChart<Row>(spec: ChartSpec<Row>): Chart {
  const { id, title } = spec
  return {
    id,
    title,
    figures: ({ results, groups, slug }) =>
      spec.per === 'results'
        ? draw(spec, { results, groups }, slug)
        : groups.flatMap((group) => draw(spec, { results, groups: [group] }, group.slug)),
  }
}

/** `name`: of the group or the chapter, in the id of the figure. */
function draw<Row>(spec: ChartSpec<Row>, scene: Scene, name: string): FigureSpec[] {
  const rows = spec.rows(scene)
  const panels = rows.length === 0 ? [] : spec.panels(rows, scene)
  if (panels.length === 0) return []
  const [group] = spec.per === 'group' ? scene.groups : []
  const { n, columnsAtMost, panelHeight } = spec
  const counts = n === undefined ? [] : rows.flatMap((row) => n.of(row) ?? [])
  const words = spec.caption(rows, scene).filter((s) => s !== false)
  return [
    {
      id: name === '' ? spec.id : `${spec.id}-${name}`,
      title: spec.title,
      group: group?.label ?? '',
      quiet: group?.quiet ?? false,
      folded: spec.folded ?? false,
      caption: caption(scene.results, words.join(' '), counts, n?.noun(scene) ?? ''),
      columns: Math.min(columnsAtMost, panels.length) as 1 | 2 | 3,
      panelHeight: typeof panelHeight === 'number' ? panelHeight : panelHeight(panels),
      panels,
      legend: legendOf(panels),
      csv: tableOf(spec.columns, rows),
    },
  ]
}

/** Where a row stands on a panel. */
export interface Place<Row> {
  x: (row: Row) => number
  y: (row: Row) => number
  interval?: (row: Row) => readonly [number, number] | null
  xHigh?: (row: Row) => number | null
  label?: (row: Row) => string | null
  /** Beaten by another row on both axes. */
  hollow?: (row: Row) => boolean
}

/** The mark of a row; its tooltip says what the columns say. */
export function markOf<Row>(row: Row, place: Place<Row>, columns: readonly Column<Row>[]): FigurePoint {
  return {
    x: place.x(row),
    y: place.y(row),
    interval: place.interval?.(row) ?? null,
    xHigh: place.xHigh?.(row) ?? null,
    label: place.label?.(row) ?? null,
    hollow: place.hollow?.(row) ?? false,
    tips: tipsOf(columns, row),
  }
}

/** One series a sweep. Points are joined where the sweep moves along x. */
export function sweepSeries<Row extends PointRow>(
  rows: readonly Row[],
  place: Place<Row>,
  columns: readonly Column<Row>[],
  join: 'line' | 'none' = 'line',
): Series[] {
  return [...new Set(rows.map((r) => r.sweep))].map((sweep) => {
    const points = rows.filter((r) => r.sweep === sweep).map((row) => markOf(row, place, columns))
    const moves = new Set(points.map((p) => p.x)).size > 1
    return { ...sweep.stroke, label: sweep.label, join: moves ? join : 'none', inLegend: true, points }
  })
}

/** All y values of the series with their intervals, for an axis. */
export function reachOf(series: readonly Series[]): number[] {
  return series.flatMap((s) => s.points.flatMap((p) => [p.y, ...(p.interval ?? [])]))
}
