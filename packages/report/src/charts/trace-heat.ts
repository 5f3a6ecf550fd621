/** @file Chart 9, how a text came about: positions across, steps down, coloured by confidence; what was written over is marked. */
import type { TraceRecord } from '@trivium/schema'
import { type Chart, defineChart, type Scene } from '../chart.ts'
import { type Column, modelColumns, type PointRow, pointRows, settingColumns } from '../columns.ts'
import type { Axis, HeatPanel } from '../figure.ts'
import { leadOf } from '../findings.ts'
import { settingOf } from '../members.ts'

/** A step of the trace that is drawn, thinned. */
type StepRow = PointRow & { event: TraceRecord; flips: number[] }

const columns: readonly Column<StepRow>[] = [
  ...modelColumns,
  ...settingColumns,
  { name: 'step', value: (r) => r.event.step },
  { name: 'forwards', value: (r) => r.event.forwards },
  { name: 'written', value: (r) => r.event.text.filter(isWritten).length },
  { name: 'changed', value: (r) => r.event.changed.length },
  { name: 'written_over', value: (r) => r.flips.join(' ') },
]

/** More rows than pixels say nothing more. */
const mostSteps = 96

const isWritten = (token: string): boolean => !/^<mask>$/i.test(token)

export const traceHeat: Chart = defineChart({
  id: '9-trace',
  title: 'How a text comes about',
  per: 'group',
  rows: ({ results, groups }) =>
    groups.flatMap((group) => group.models.flatMap((model) => rowsOf(results, group, model))),
  columns,
  panels: (rows) =>
    [...new Set(rows.map((r) => r.model))].map((model) => panel(rows.filter((r) => r.model === model))),
  caption: (rows) => [
    'The first text of each model at its best setting that was traced: positions across, steps down. White is not written yet; the darker, the surer the model was of what stands there.',
    rows.some((r) => r.flips.length > 0) && 'Black dots: a step wrote over what an earlier one had written.',
  ],
  columnsAtMost: 3,
  panelHeight: 260,
})

function rowsOf(results: Scene['results'], group: PointRow['group'], model: PointRow['model']): StepRow[] {
  const traced = pointRows([group]).flatMap((row) => {
    const trace = results.samples.find((s) => s.model === model.id && s.point === row.point.id)?.trace
    return row.model === model && trace !== undefined && trace.length > 1 ? [{ row, trace }] : []
  })
  const lead = leadOf(results, group, model)?.point
  const chosen =
    traced.find(({ row }) => row.point === lead) ??
    traced.toSorted((a, b) => b.trace.length - a.trace.length)[0]
  if (chosen === undefined) return []
  const { row, trace } = chosen
  const steps = trace.map((event, i) => ({
    ...row,
    event,
    flips: event.changed.filter((l) => i > 0 && isWritten(trace[i - 1].text[l])),
  }))
  const every = Math.ceil(steps.length / mostSteps)
  return steps.filter((_, i) => i % every === 0 || i === steps.length - 1)
}

function panel(rows: readonly StepRow[]): HeatPanel {
  const [{ model, group, point, event }] = rows
  const { length } = event.text
  const last = rows[rows.length - 1].event.step
  const axis = (label: string, max: number): Axis => ({
    label,
    scale: 'linear',
    min: 0,
    max,
    ticks: [0, 0.25, 0.5, 0.75, 1].map((share) => Math.round(share * max)),
  })
  return {
    kind: 'heat',
    id: `trace-heat-${group.slug}-${model.id.replaceAll(/[^\w-]/g, '-')}`,
    title: model.name,
    hint: settingOf(point),
    ink: model.stroke.ink,
    x: axis('position', length),
    y: axis('step', last),
    steps: rows.map((r) => r.event.step),
    cells: rows.map(({ event: { text, confidence } }) =>
      text.map((token, l) => (isWritten(token) ? Math.round(100 * (confidence?.[l] ?? 1)) : null)),
    ),
    flips: rows.flatMap(({ flips }, r) => flips.map((l): [number, number] => [r, l])),
    guides: [],
  }
}
