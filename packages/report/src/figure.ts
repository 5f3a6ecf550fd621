/**
 * @file The figure specification: plain data from which the interactive chart, the PNG and the CSV are all made.
 * Nothing here draws; `client/charts.js` turns a panel into a Chart.js configuration for both the page and the PNG.
 */
import type { Paradigm } from '@trivium/schema'

/** What a colour stands for: a paradigm's hue in the n-th shade, or what is no model. */
export type Ink = `${Paradigm}-${number}` | 'held-out' | 'control' | 'guide'

/** Marks of sweeps, in the order in which they are given out. */
export const sweepShapes = [
  'circle',
  'triangle',
  'square',
  'diamond',
  'triangle-down',
  'plus',
  'hourglass',
  'pentagon',
  'triangle-right',
] as const
export type Shape = (typeof sweepShapes)[number] | 'star' | 'cross'

/** Lengths of dash and gap in CSS pixels, as canvas and SVG take them; empty for a solid line. */
export type Dash = readonly number[]

/** How a line or a legend entry is drawn. */
export interface Stroke {
  ink: Ink
  shape: Shape
  dash: Dash
}

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
  interval: readonly [number, number] | null
  /** The right end of a horizontal whisker (p90 latency), when measured. */
  xHigh: number | null
  /** A data label: S=16, τ=0.9. */
  label: string | null
  /** True when another point is at least as good on both axes. */
  hollow: boolean
  /** Lines of the tooltip. */
  tips: string[]
  /** True: no line leads here from the point before. */
  gap?: boolean
}

export interface Series extends Stroke {
  label: string
  /** line: joined; steps: a staircase without interpolation (a Pareto front); none: marks only. */
  join: 'line' | 'steps' | 'none'
  /** A front needs no entry of its own. */
  inLegend: boolean
  points: FigurePoint[]
}

/** A straight line across the panel at one value, named in the margin. */
export interface Guide {
  axis: 'x' | 'y'
  value: number
  label: string
  ink: Ink
  dash: Dash
  /** 95 % interval of the value, drawn as a faint band. */
  band: readonly [number, number] | null
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
  ink: Ink
  value: number
  interval: readonly [number, number] | null
  /** True: the value is an upper bound of the true number; drawn hatched. */
  bound: boolean
  /** What stands at the end of the bar: '1.72' or 'at most 2.55'. */
  text: string
  /** Summands of the value, left to right; one part when the results give none. */
  parts: { label: string; value: number }[]
  tips: string[]
}

/** A difference to a baseline, or another value that is read from zero. */
export interface ForestRow extends Stroke {
  label: string
  value: number
  interval: readonly [number, number] | null
  /** What stands at the right end: '+0.05'. */
  text: string
  tips: string[]
}

export interface ForestPanel extends PanelBase {
  kind: 'forest'
  rows: ForestRow[]
}

/** What one text looked like after each step: positions across, steps down. */
export interface HeatPanel extends PanelBase {
  kind: 'heat'
  ink: Ink
  y: Axis
  /** One a step, from the top; each has one number a position: sureness in per cent, null where nothing is written. */
  cells: (number | null)[][]
  /** The steps of the rows. */
  steps: number[]
  /** Places where a step wrote over what was written: [row, position]. */
  flips: [number, number][]
}

export interface BarPanel extends PanelBase {
  kind: 'bars'
  bars: Bar[]
}

export type PanelSpec = XYPanel | BarPanel | ForestPanel | HeatPanel

export type Cell = string | number | null

export interface CsvTable {
  header: string[]
  rows: Cell[][]
}

export interface LegendEntry extends Stroke {
  label: string
  /** The series is joined somewhere: the mark sits on a line. */
  line: boolean
}

export interface FigureSpec {
  /** File stem of the PNG and the CSV, and the anchor in the page. */
  id: string
  title: string
  /** The group of models shown, in words: 'Reference trio'; empty when the figure shows all groups. */
  group: string
  /** Of a group after the first. */
  quiet: boolean
  /** A detail, which the page shows on demand. */
  folded: boolean
  caption: string
  /** Panels side by side where there is room; the first one is wider when they would not fill the last row. */
  columns: 1 | 2 | 3
  /** Height of one panel in CSS pixels. */
  panelHeight: number
  panels: PanelSpec[]
  legend: LegendEntry[]
  /** The numbers behind the panels. */
  csv: CsvTable
}

/** The legend of a set of panels: every named series once, in order of appearance. */
export function legendOf(panels: readonly PanelSpec[]): LegendEntry[] {
  const entries: LegendEntry[] = []
  for (const panel of panels) {
    if (panel.kind !== 'xy') continue
    for (const { label, ink, shape, dash, join, inLegend } of panel.series) {
      if (!inLegend) continue
      const known = entries.find((e) => e.label === label && e.ink === ink)
      if (known === undefined) entries.push({ label, ink, shape, dash, line: join !== 'none' })
      else known.line ||= join !== 'none'
    }
  }
  return entries
}
