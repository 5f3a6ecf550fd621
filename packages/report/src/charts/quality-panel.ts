/** @file What charts of a quality metric share: their rows, a panel against the steps, and the lines of what has no model. */
import { type Metric, type MetricName, metricTable, type Results } from '@trivium/schema'
import { linearAxis, log2Axis } from '../axis.ts'
import { reachOf, type Scene, type Sentence, sweepSeries } from '../chart.ts'
import {
  type Column,
  metricColumns,
  metricPlace,
  type PointRow,
  type SourceRow,
  settingColumns,
  sourceColumns,
  sourceRows,
} from '../columns.ts'
import type { Axis, Guide, XYPanel } from '../figure.ts'
import { baselineOf } from '../members.ts'
import { num } from '../numbers.ts'
import { heldOutOf, hintOf, isOfAnswers, metricOf } from '../select.ts'

/** One metric of one source of texts. */
export type QualityRow = SourceRow & { metric: Metric }

export const qualityColumns: readonly Column<QualityRow>[] = [...sourceColumns, ...metricColumns]

export function qualityRows({ results, groups }: Scene): QualityRow[] {
  return sourceRows(results, groups).flatMap((row) => row.quality.map((metric) => ({ ...row, metric })))
}

/** n of the rows of models: what the points of the charts stand on. */
export const textsOf = (row: QualityRow): number | null => (row.at === null ? null : row.metric.n)

export const writtenNoun = ({ results }: Scene): string =>
  isOfAnswers(results) ? 'answers a point' : 'texts a point'

/** One panel for each metric and group: the metric against the network evaluations (NFE), log₂. */
export function stepPanels(
  rows: readonly QualityRow[],
  { results, groups }: Scene,
  names: readonly MetricName[],
): XYPanel[] {
  const plotted = rows.flatMap((row) => (row.at === null ? [] : [{ ...row.at, metric: row.metric }]))
  const steps = log2Axis(
    'forwards (NFE)',
    plotted.map((r) => r.point.nfe),
  )
  return groups.flatMap((group) =>
    names.flatMap((name): XYPanel[] => {
      const mine = plotted.filter((r) => r.group === group && r.metric.name === name)
      if (mine.length === 0) return []
      const series = sweepSeries(mine, stepPlace, tipColumns)
      const guides = [...baselineGuide(mine, name), ...sourceGuides(results, name)]
      return [
        {
          kind: 'xy',
          id: `${name}-vs-steps-${group.slug}`,
          title: metricTable[name].title,
          hint: hintOf(name),
          x: steps,
          y: qualityAxis(reachOf(series), guides),
          series,
          guides,
        },
      ]
    }),
  )
}

type MetricPoint = PointRow & { metric: Metric }

const tipColumns: readonly Column<MetricPoint>[] = [...settingColumns, ...metricColumns]

const stepPlace = {
  x: (r: MetricPoint) => r.point.nfe,
  ...metricPlace,
}

/** The baseline's own value across the panel: its first point, with its interval as a band. */
function baselineGuide(rows: readonly MetricPoint[], name: MetricName): Guide[] {
  const baseline = rows[0] && baselineOf(rows[0].group)
  const metric = baseline && metricOf(baseline.sweeps[0].points[0].quality, name)
  if (baseline === undefined || metric === undefined) return []
  const { ink } = baseline.stroke
  return [
    { axis: 'y', value: metric.value, label: `AR ${num(metric.value)}`, ink, dash: [], band: metric.ci95 },
  ]
}

/** Held-out text and the controls as lines; a control far outside the range of the models sits at the edge. */
export function sourceGuides(results: Results, name: MetricName): Guide[] {
  return results.baselines.flatMap(({ kind, label, quality }): Guide[] => {
    const metric = metricOf(quality, name)
    if (metric === undefined) return []
    return [
      {
        axis: 'y',
        value: metric.value,
        label: `${label} ${num(metric.value)}`,
        ink: kind,
        dash: kind === 'held-out' ? [] : [2, 3],
        band: null,
      },
    ]
  })
}

/** The y axis fits the models and the held-out text; controls join when they lie within half a span of them. */
export function qualityAxis(values: readonly number[], guides: readonly Guide[]): Axis {
  const rows = guides.filter((g) => g.axis === 'y')
  const core = [...values, ...rows.filter((g) => g.ink !== 'control').map((g) => g.value)]
  const [low, high] = [Math.min(...core), Math.max(...core)]
  const reach = 0.5 * (high - low)
  const near = rows.filter((g) => g.value >= low - reach && g.value <= high + reach).map((g) => g.value)
  return linearAxis('', [...core, ...near])
}

/** What the lines across such a panel are, as far as the results have them. */
export function lineSentences({ results, groups }: Scene): Sentence[] {
  const heldOut = heldOutOf(results) !== undefined
  const controls = results.baselines.some((b) => b.kind === 'control')
  return [
    groups.some(baselineOf) &&
      'The coloured horizontal line is the autoregressive baseline; its mark stands at its own NFE.',
    heldOut && 'The black line without a mark is held-out text.',
    controls && 'Dotted grey lines are controls without a model, with an arrow when they lie off the axis.',
  ]
}
