/**
 * @file Chart 6, what length costs: the fewest forwards with which a sampler writes rows of a language without errors, against
 * their length, over the runs of a report.
 */
import { log2Axis } from '../axis.ts'
import { type Chart, defineChart, markOf, reachOf } from '../chart.ts'
import { type Column, modelColumns, type PointRow, pointRows, settingColumns } from '../columns.ts'
import type { Series, Stroke } from '../figure.ts'
import type { Group } from '../members.ts'
import { metricOf } from '../select.ts'

/** The share of rows with an error that is allowed. */
const epsilon = 0.05

/** The cheapest setting of a sweep that is good enough. */
type LengthRow = PointRow & { length: number; errors: number }

const columns: readonly Column<LengthRow>[] = [
  ...modelColumns,
  ...settingColumns,
  { name: 'length', value: (r) => r.length, tip: (r) => `length ${r.length}` },
  { name: 'sequence_errors', value: (r) => r.errors, tip: (r) => `sequence errors ${r.errors}` },
]

const place = { x: (r: LengthRow) => r.length, y: (r: LengthRow) => r.point.nfe }

export const stepsLength: Chart = defineChart({
  id: '6-steps-vs-length',
  title: 'Steps needed against length',
  per: 'results',
  rows: ({ groups }) => {
    const rows = groups.flatMap(cheapest)
    return new Set(rows.map((r) => r.length)).size > 1 ? rows : []
  },
  columns,
  panels: (rows) => {
    const names = [...new Set(rows.map(nameOf))]
    const series = [
      ...names.map((name) => bySampler(rows.filter((r) => nameOf(r) === name))),
      ...guides(rows),
    ]
    return [
      {
        kind: 'xy',
        id: 'steps-vs-length',
        title: `Fewest forwards with at most ${100 * epsilon} % impossible rows`,
        hint: 'lower is better',
        x: log2Axis('length of a row, tokens', rows.map(place.x)),
        y: log2Axis('forwards (NFE)', reachOf(series)),
        series,
        guides: [],
      },
    ]
  },
  caption: () => [
    'A sampler whose steps do not grow with the length runs flat, one that needs a step a token runs along the diagonal: the dotted lines show both from the cheapest point on. A sampler that is never good enough has no mark.',
  ],
  columnsAtMost: 1,
  panelHeight: 320,
})

/** Every sweep of a group of a language: its cheapest setting that makes few enough errors. */
function cheapest(group: Group): LengthRow[] {
  const rows = pointRows([group])
  // A forward of diffusion pushes the whole row through the network, a cached one of AR a single position.
  const length = Math.round(Math.max(...rows.map(({ point }) => point.tokenPositions / point.nfe)))
  return [...new Set(rows.map((r) => r.sweep))].flatMap((sweep) =>
    rows
      .filter((r) => r.sweep === sweep)
      .flatMap((row): LengthRow[] => {
        const errors = metricOf(row.point.quality, 'sequence-errors')?.value
        return errors === undefined || errors > epsilon ? [] : [{ ...row, length, errors }]
      })
      .toSorted((a, b) => a.point.nfe - b.point.nfe)
      .slice(0, 1),
  )
}

/** Models of other lengths are other models: what they share is the paradigm and the sampler. */
const nameOf = ({ model, point }: LengthRow): string => `${model.paradigm}, ${point.samplerLabel}`

function bySampler(rows: readonly LengthRow[]): Series {
  const [{ sweep }] = rows
  const points = rows.toSorted((a, b) => a.length - b.length).map((row) => markOf(row, place, columns))
  return {
    ...sweep.stroke,
    label: sweep.label,
    join: points.length > 1 ? 'line' : 'none',
    inLegend: true,
    points,
  }
}

function guides(rows: readonly LengthRow[]): Series[] {
  const stroke: Stroke = { ink: 'guide', shape: 'circle', dash: [2, 3] }
  const [low, high] = [Math.min(...rows.map(place.x)), Math.max(...rows.map(place.x))]
  const start = Math.min(...rows.filter((r) => r.length === low).map(place.y))
  const line = (label: string, end: number): Series => ({
    ...stroke,
    label,
    join: 'line',
    inLegend: true,
    points: [
      [low, start],
      [high, end],
    ].map(([x, y]) => ({ x, y, interval: null, xHigh: null, label: null, hollow: true, tips: [] })),
  })
  return [line('O(1)', start), line('O(L)', (start * high) / low)]
}
