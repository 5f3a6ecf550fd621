/**
 * @file Chart 4, the generative frontier: judge bits beside entropy, because the judge alone rewards repetition. A line is one
 * sampler at one setting over temperatures: settings of other steps are other samplers, and are not joined.
 */
import type { Metric } from '@trivium/schema'
import { linearAxis } from '../axis.ts'
import { type Chart, defineChart, markOf, type Place } from '../chart.ts'
import { type Column, type PointRow, type SourceRow, sourceColumns, sourceRows } from '../columns.ts'
import type { FigurePoint, Series, XYPanel } from '../figure.ts'
import { num } from '../numbers.ts'
import { heldOutOf, metricOf } from '../select.ts'

type FrontierRow = SourceRow & { entropy: Metric; judge: Metric }
type DrawnRow = FrontierRow & { at: PointRow }

const temperatureOf = ({ at }: FrontierRow): number | null => at?.point.sampler.temperature ?? null

const columns: readonly Column<FrontierRow>[] = [
  ...sourceColumns,
  {
    name: 'temperature',
    value: temperatureOf,
    tip: (r) => (r.at === null ? null : `temperature ${temperatureOf(r)}`),
  },
  {
    name: 'entropy',
    value: (r) => r.entropy.value,
    tip: (r) => `entropy ${num(r.entropy.value)}`,
  },
  { name: 'judge_bits', value: (r) => r.judge.value },
  { name: 'n', value: (r) => r.judge.n, tip: (r) => `n = ${r.judge.n}` },
]

const place: Place<FrontierRow> = {
  x: (r) => r.entropy.value,
  y: (r) => r.judge.value,
  interval: (r) => r.judge.ci95,
  label: (r) => r.at?.point.setting ?? r.label,
}

export const frontier: Chart = defineChart({
  id: '4-frontier',
  title: 'Generative frontier',
  per: 'group',
  rows: ({ results, groups }) =>
    sourceRows(results, groups).flatMap((row): FrontierRow[] => {
      const [entropy, judge] = [metricOf(row.quality, 'entropy'), metricOf(row.quality, 'judge-bits')]
      return entropy === undefined || judge === undefined ? [] : [{ ...row, entropy, judge }]
    }),
  columns,
  panels: (rows, { groups }) => groups.flatMap(({ slug }) => panel(rows, slug)),
  caption: (rows, scene) => [
    'A sampler can please the judge by saying the same thing again: it then moves down and to the left.',
    heldOutOf(scene.results) !== undefined && 'Good text lies beside the star, which is held-out text.',
    temperaturesOf(rows) > 1 && 'Lines join the temperatures T of one setting.',
    rows.some((r) => r.kind === 'control') && 'Crosses are controls without a model.',
    awaySentence(rows),
  ],
  n: { of: (row) => (row.at === null ? null : row.judge.n), noun: () => 'texts a point' },
  columnsAtMost: 1,
  panelHeight: 340,
})

const temperaturesOf = (rows: readonly FrontierRow[]): number =>
  new Set(rows.flatMap((r) => temperatureOf(r) ?? [])).size

function panel(rows: readonly FrontierRow[], slug: string): XYPanel[] {
  const near = rows.filter(isNear(rows))
  const drawn = near.flatMap((row): DrawnRow[] => (row.at === null ? [] : [{ ...row, at: row.at }]))
  if (drawn.length === 0) return []
  const names = [...new Set(drawn.map(samplerOf))]
  const series = [
    ...names.map((name) => ofSampler(drawn.filter((r) => samplerOf(r) === name))),
    ...near.filter((r) => r.at === null).map(lone),
  ]
  return [
    {
      kind: 'xy',
      id: `frontier-${slug}`,
      title: 'Judge bits against entropy',
      hint: 'nearest to held-out text',
      x: linearAxis('entropy of the samples (4-grams), bits per character', near.map(place.x)),
      y: linearAxis('judge, bits per character', near.map(place.y)),
      series,
      guides: [],
    },
  ]
}

/** The sampler of a model, whatever its temperature. */
const samplerOf = ({ at }: DrawnRow): string => `${at.model.name}, ${coldLabel(at)}`
const coldLabel = ({ point }: PointRow): string => point.samplerLabel.replace(/ temperature=\S+/, '')

/** One series a sampler: a line through the temperatures of every setting, and a gap between two settings. */
function ofSampler(rows: readonly DrawnRow[]): Series {
  const [{ at }] = rows
  const settings = [...new Set(rows.map((r) => r.at.point.setting))]
  const points = settings.flatMap((setting): FigurePoint[] => {
    const mine = rows
      .filter((r) => r.at.point.setting === setting)
      .toSorted((a, b) => (temperatureOf(a) ?? 0) - (temperatureOf(b) ?? 0))
    const swept = mine.length > 1
    const label = (r: FrontierRow): string => (swept ? `${setting} T=${temperatureOf(r)}` : setting)
    return mine.map((row, i) => ({
      ...markOf<FrontierRow>(row, { ...place, label }, columns),
      gap: i === 0,
    }))
  })
  const { stroke, label } =
    at.model.sweeps.find((s) => s.points[0].samplerLabel === coldLabel(at)) ?? at.sweep
  return {
    ...stroke,
    label: label.replace(/ temperature=\S+/, ''),
    join: points.some((p) => p.gap === false) ? 'line' : 'none',
    inLegend: true,
    points,
  }
}

function lone(row: FrontierRow): Series {
  const heldOut = row.kind === 'held-out'
  return {
    label: heldOut ? row.label : 'control',
    ink: heldOut ? 'held-out' : 'control',
    shape: heldOut ? 'star' : 'cross',
    dash: [],
    join: 'none',
    inLegend: true,
    points: [markOf(row, place, columns)],
  }
}

/** A control more than one span away would squeeze the models into a corner. */
function isNear(rows: readonly FrontierRow[]): (row: FrontierRow) => boolean {
  const core = rows.filter((r) => r.kind !== 'control')
  const within = (at: (row: FrontierRow) => number): ((row: FrontierRow) => boolean) => {
    const values = core.map(at)
    const [low, high] = [Math.min(...values), Math.max(...values)]
    const span = high - low || 0.1
    return (row) => at(row) >= low - span && at(row) <= high + span
  }
  const [onX, onY] = [within(place.x), within(place.y)]
  return (row) => onX(row) && onY(row)
}

function awaySentence(rows: readonly FrontierRow[]): string | false {
  const near = isNear(rows)
  const away = rows.filter((r) => !near(r)).map((r) => `${r.label} (${num(place.x(r))}, ${num(place.y(r))})`)
  return away.length > 0 && `Off the axes: ${away.join(', ')}.`
}
