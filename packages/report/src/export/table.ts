/** @file Every number of a result file in one flat table. */
import type { Latency, Metric, Results } from '@trivium/schema'
import { type Column, latencyColumns, metricColumns, tableOf, within } from '../columns.ts'
import type { CsvTable } from '../figure.ts'
import { figuresOf, type Measured, type ModelFigures } from './figures-of.ts'

type Row = Measured & Pick<ModelFigures, 'model'>

const columns: readonly Column<Row>[] = [
  { name: 'model', value: ({ model }) => model.id },
  { name: 'paradigm', value: ({ model }) => model.paradigm },
  { name: 'parameters', value: ({ model }) => model.parameters },
  { name: 'task', value: ({ metric }) => metric.task },
  { name: 'sampler', value: ({ point }) => point?.samplerLabel ?? null },
  { name: 'setting', value: ({ point }) => point?.setting ?? null },
  { name: 'nfe', value: ({ point }) => point?.nfe ?? null },
  { name: 'token_positions', value: ({ point }) => point?.tokenPositions ?? null },
  ...within(metricColumns, ({ metric }: Row): { metric: Metric } => ({ metric })),
  { name: 'stderr', value: ({ metric }) => metric.stderr },
  { name: 'bound_type', value: ({ metric }) => metric.boundType },
  ...within(latencyColumns, ({ point }: Row): { latency: Latency } | null => {
    const latency = point?.latency.find(({ batch }) => batch === 1)
    return latency === undefined ? null : { latency }
  }),
]

export const toTable = (results: Results): CsvTable =>
  tableOf(
    columns,
    figuresOf(results).flatMap(({ model, measured }) => measured.map((one) => ({ ...one, model }))),
  )
