/**
 * @file The figure specification: plain data from which the interactive chart, the PNG and the CSV are all made.
 * Nothing here draws; `client/charts.js` turns a panel into a Chart.js configuration for both the page and the PNG.
 */
import type { Paradigm } from '@trivium/schema'

/** What a mark stands for. A theme gives each role one colour, the same in every figure. */
export type Role = Paradigm | 'held-out' | 'control' | 'guide'

export type Shape = 'circle' | 'triangle' | 'rect' | 'rectRot' | 'star' | 'crossRot'

/** An axis with explicit ends and ticks, so that page and PNG agree and a test can read them. */
export interface Axis {
  label: string
  scale: 'linear' | 'log'
  min: number
  max: number
  ticks: number[]
}

export interface FigurePoint {
  x: number
  y: number
  /** 95 % interval of y, when the results give one. */
  interval: [number, number] | null
  /** The right end of a horizontal whisker (p90 latency), when measured. */
  xHigh: number | null
  /** Number of texts (or rows, or repeats) behind y; null where it does not apply (a training curve). */
  n: number | null
  /** A data label: S=16, τ=0.9. */
  label: string | null
  /** True when another point is at least as good on both axes. */
  hollow: boolean
  /** Further lines of the tooltip. */
  note: string[]
}

export interface Series {
  label: string
  role: Role
  shape: Shape
  /** line: joined; steps: a staircase without interpolation (a Pareto front); none: marks only. */
  join: 'line' | 'steps' | 'none'
  /** Dashed and lighter: the models that were trained freshly, beside the reference. */
  quiet: boolean
  /** A series of the legend; fronts and curves of a known model need no entry of their own. */
  inLegend: boolean
  points: FigurePoint[]
}

/** A straight line across the panel at one value, named in the margin. */
export interface Guide {
  axis: 'x' | 'y'
  value: number
  label: string
  role: Role
  dashed: boolean
  /** 95 % interval of the value, drawn as a faint band. */
  band: [number, number] | null
}

interface PanelBase {
  id: string
  title: string
  /** Which way is better, in words: 'lower is better'. */
  hint: string
  x: Axis
  guides: Guide[]
}

export interface XYPanel extends PanelBase {
  kind: 'xy'
  y: Axis
  series: Series[]
}

export interface Bar {
  label: string
  role: Role
  value: number
  interval: [number, number] | null
  /** True: the value is an upper bound of the true number; drawn hatched. */
  bound: boolean
  /** What stands at the end of the bar: '1.72' or 'at most 2.55'. */
  text: string
  /** Summands of the value, left to right; one part when the results give none. */
  parts: { label: string; value: number }[]
  quiet: boolean
  note: string[]
}

export interface BarPanel extends PanelBase {
  kind: 'bars'
  bars: Bar[]
}

export type PanelSpec = XYPanel | BarPanel

export interface CsvTable {
  header: string[]
  rows: (string | number | null)[][]
}

export interface FigureSpec {
  /** File stem of the PNG and the CSV, and the anchor in the page. */
  id: string
  title: string
  /** The group of models shown, in words: 'Reference trio'. */
  group: string
  quiet: boolean
  caption: string
  columns: number
  /** Height of one panel in CSS pixels. */
  panelHeight: number
  panels: PanelSpec[]
  legend: { label: string; role: Role; shape: Shape; line: boolean; quiet: boolean }[]
  csv: CsvTable
}

/** The legend of a set of panels: every named series once, in order of appearance. */
export function legendOf(panels: readonly PanelSpec[]): FigureSpec['legend'] {
  const entries: FigureSpec['legend'] = []
  for (const panel of panels) {
    if (panel.kind === 'bars') continue
    for (const s of panel.series)
      if (s.inLegend && !entries.some((e) => e.label === s.label && e.role === s.role))
        entries.push({
          label: s.label,
          role: s.role,
          shape: s.shape,
          line: s.join !== 'none',
          quiet: s.quiet,
        })
  }
  return entries
}
