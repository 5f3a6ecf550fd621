/** @file Chart 10, whose error it is: samplers over the exact denoiser, where every error is the sampler's own, beside learned models. */
import { type Metric, type MetricName, metricNames, metricTable } from '@trivium/schema'
import { linearAxis, log2Axis, log10Axis } from '../axis.ts'
import { type Chart, defineChart, reachOf, type Scene, sweepSeries } from '../chart.ts'
import {
  type Column,
  metricColumns,
  metricPlace,
  modelColumns,
  type PointRow,
  pointRows,
  settingColumns,
} from '../columns.ts'
import type { Series, XYPanel } from '../figure.ts'
import { isOracle } from '../members.ts'
import { hintOf } from '../select.ts'
import { sourceGuides } from './quality-panel.ts'

type ErrorRow = PointRow & { metric: Metric }

const columns: readonly Column<ErrorRow>[] = [...modelColumns, ...settingColumns, ...metricColumns]

const place = {
  x: (r: ErrorRow) => r.point.nfe,
  ...metricPlace,
}

export const samplerError: Chart = defineChart({
  id: '10-sampler-error',
  title: 'Error of the model and of the sampler',
  per: 'results',
  rows: ({ groups }) => {
    const rows = pointRows(groups).flatMap((row): ErrorRow[] =>
      row.point.quality.flatMap((metric) =>
        metricTable[metric.name].oracle === true ? [{ ...row, metric }] : [],
      ),
    )
    // Alone the exact denoiser stands in chart 1.
    const both = new Set(rows.map((r) => isOracle(r.model))).size > 1
    return both ? rows : []
  },
  columns,
  panels: (rows, scene) =>
    metricNames
      .filter((name) => rows.some((r) => r.metric.name === name && r.metric.value !== 0))
      .map((name) =>
        panel(
          rows.filter((r) => r.metric.name === name),
          name,
          scene,
        ),
      ),
  caption: () => [
    'Dotted: the same samplers over the exact denoiser, where every error is the sampler’s own; what a learned model adds is the model’s. Whiskers: 95 % intervals.',
  ],
  n: { of: (row) => row.metric.n, noun: () => 'rows a point' },
  columnsAtMost: 3,
  panelHeight: 260,
})

function panel(rows: readonly ErrorRow[], name: MetricName, { results, groups }: Scene): XYPanel {
  const series = [true, false].flatMap((exact) =>
    sweepSeries(
      rows.filter((r) => isOracle(r.model) === exact),
      place,
      columns,
    ).map(
      (s): Series =>
        exact
          ? { ...s, ink: 'guide', dash: [2, 3], label: `Exact denoiser, ${s.label.replace(/^.*, /, '')}` }
          : s,
    ),
  )
  const reach = reachOf(series)
  const positive = reach.every((v) => v > 0)
  const spread = positive && Math.max(...reach) / Math.min(...reach) > 30
  return {
    kind: 'xy',
    id: `sampler-error-${name}-${groups[0].slug}`,
    title: metricTable[name].title,
    hint: hintOf(name),
    x: log2Axis('forwards (NFE)', rows.map(place.x)),
    y: spread ? log10Axis('', reach) : linearAxis('', reach),
    series,
    guides: sourceGuides(results, name).filter((g) => g.ink === 'held-out'),
  }
}
