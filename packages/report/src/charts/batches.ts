/**
 * @file Chart 5, what a batch and a size do to the race: tokens a second, and NFE*, the forwards that a diffusion model has
 * before the autoregressive baseline has written the whole text.
 */
import type { Latency } from '@trivium/schema'
import { log2Axis, log10Axis } from '../axis.ts'
import { type Chart, defineChart, markOf, type Place, reachOf } from '../chart.ts'
import {
  type Column,
  latencyColumns,
  modelColumns,
  type PointRow,
  pointRows,
  settingColumns,
} from '../columns.ts'
import type { Series, XYPanel } from '../figure.ts'
import { leadOf } from '../findings.ts'
import type { Group } from '../members.ts'
import { count, num } from '../numbers.ts'
import { latencyOf } from '../select.ts'

/** NFE* with its interval, out of the ends of both medians'. */
interface Crossover {
  value: number
  interval: readonly [number, number] | null
}
type BatchRow = PointRow & { latency: Latency; crossover: Crossover | null }

const columns: readonly Column<BatchRow>[] = [
  ...modelColumns,
  ...settingColumns,
  {
    name: 'parameters',
    value: (r) => r.model.parameters,
    tip: (r) => `${count(r.model.parameters)} parameters`,
  },
  ...latencyColumns,
  {
    name: 'nfe_crossover',
    value: (r) => r.crossover?.value ?? null,
    tip: (r) => (r.crossover === null ? null : `NFE* ${num(r.crossover.value)} at batch ${r.latency.batch}`),
  },
  { name: 'nfe_crossover_low', value: (r) => r.crossover?.interval?.[0] ?? null },
  { name: 'nfe_crossover_high', value: (r) => r.crossover?.interval?.[1] ?? null },
]

export const batches: Chart = defineChart({
  id: '5-batches',
  title: 'Throughput, and where diffusion overtakes',
  per: 'group',
  rows: ({ results, groups }) =>
    groups.flatMap((group) => {
      const rows = pointRows([group]).filter(
        ({ model, point }) => point === (leadOf(results, group, model)?.point ?? model.sweeps[0].points[0]),
      )
      return rows.flatMap((row) =>
        row.point.latency.map((latency) => ({
          ...row,
          latency,
          crossover: crossoverOf(group, row, latency),
        })),
      )
    }),
  columns,
  panels: (rows, { groups }) =>
    groups.flatMap((group) =>
      panelsOf(
        rows.filter((r) => r.group === group),
        group.slug,
      ),
    ),
  caption: (rows) => [
    'Each model at its best setting.',
    rows.some((r) => r.crossover !== null) &&
      'NFE* is how many forwards of a diffusion model take as long as the whole text of an autoregressive model of its size (within 10 % of its parameters): with fewer forwards diffusion is faster, with more it is slower. Its interval joins the ends of both medians’ intervals.',
  ],
  n: { of: (row) => row.latency.n, noun: () => 'timed repeats a point' },
  columnsAtMost: 3,
  panelHeight: 260,
})

/** Parameters that plain decoding uses: draft heads have no part in it. */
const sizeOf = ({ parameters, parameterGroups }: PointRow['model']): number =>
  parameters - (parameterGroups.drafts ?? 0)

/** AR's time over the time of one forward; null without an AR model of the same size that was timed alike. */
function crossoverOf(
  group: Group,
  { model, point }: PointRow,
  { batch, p50, ci95 }: Latency,
): Crossover | null {
  if (model.paradigm === 'autoregressive' || point.nfe <= 0) return null
  const twin = group.models.find(
    (m) =>
      m.paradigm === 'autoregressive' &&
      m.sweeps.length > 0 &&
      Math.abs(sizeOf(m) / sizeOf(model) - 1) <= 0.1,
  )
  const theirs = twin && latencyOf(twin.sweeps[0].points[0], batch)
  if (theirs === undefined) return null
  const forwards = (ar: number, own: number): number => (ar * point.nfe) / own
  return {
    value: forwards(theirs.p50, p50),
    interval:
      theirs.ci95 === null || ci95 === null
        ? null
        : [forwards(theirs.ci95[0], ci95[1]), forwards(theirs.ci95[1], ci95[0])],
  }
}

/** Nothing without several batches or several sizes: chart 3 says the rest. */
function panelsOf(rows: readonly BatchRow[], slug: string): XYPanel[] {
  const several = new Set(rows.map((r) => r.latency.batch)).size > 1
  const crossed = rows.flatMap((r) => (r.crossover === null ? [] : [{ ...r, crossover: r.crossover }]))
  const sizes = crossed.map((r) => r.model.parameters)
  return [
    ...(several ? [throughput(rows, slug)] : []),
    ...(several && crossed.length > 0 ? [crossover(crossed, slug, 'batch')] : []),
    ...(Math.max(...sizes) > 1.1 * Math.min(...sizes) ? [crossover(crossed, slug, 'size')] : []),
  ]
}

function throughput(rows: readonly BatchRow[], slug: string): XYPanel {
  const place: Place<BatchRow> = { x: (r) => r.latency.batch, y: (r) => r.latency.tokensPerSecond }
  const series = byModel(rows, place)
  return {
    kind: 'xy',
    id: `throughput-${slug}`,
    title: 'Tokens a second',
    hint: 'higher is better',
    x: log2Axis('texts in a batch', rows.map(place.x)),
    y: log10Axis('', reachOf(series)),
    series,
    guides: [],
  }
}

type CrossedRow = BatchRow & { crossover: Crossover }

function crossover(rows: readonly CrossedRow[], slug: string, against: 'batch' | 'size'): XYPanel {
  const place: Place<CrossedRow> = {
    x: (r) => (against === 'batch' ? r.latency.batch : r.model.parameters),
    y: (r) => r.crossover.value,
    interval: (r) => r.crossover.interval,
    label: (r) => (against === 'size' ? `B=${r.latency.batch}` : null),
  }
  const series = byModel(rows, place)
  return {
    kind: 'xy',
    id: `crossover-by-${against}-${slug}`,
    title: against === 'batch' ? 'NFE* by batch' : 'NFE* by model size',
    hint: 'forwards in the time of one AR text; higher is better for diffusion',
    x:
      against === 'batch'
        ? log2Axis('texts in a batch', rows.map(place.x))
        : log10Axis('parameters', rows.map(place.x)),
    y: log2Axis('', reachOf(series)),
    series,
    guides: [],
  }
}

function byModel<Row extends BatchRow>(rows: readonly Row[], place: Place<Row>): Series[] {
  return [...new Set(rows.map((r) => r.model))].map((model): Series => {
    const mine = rows.filter((r) => r.model === model).toSorted((a, b) => place.x(a) - place.x(b))
    const points = mine.map((row) => markOf(row, place, columns))
    const moves = new Set(points.map((p) => p.x)).size > 1
    return { ...model.stroke, label: model.name, join: moves ? 'line' : 'none', inLegend: true, points }
  })
}
