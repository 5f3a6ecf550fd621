/** @file Chart 12, training curves: held-out bits per character (or the loss) against tokens and against seconds. */
import type { TrainingCurve } from '@trivium/schema'
import { linearAxis } from '../axis.ts'
import { type Chart, defineChart, markOf, type Place, reachOf } from '../chart.ts'
import { type Column, modelColumns } from '../columns.ts'
import type { Series, XYPanel } from '../figure.ts'
import type { Group, Member } from '../members.ts'
import { count, num } from '../numbers.ts'

type TrainingPoint = TrainingCurve['points'][number]
type TrainingRow = { group: Group; model: Member; at: TrainingPoint }
type Against = 'tokens' | 'seconds'
type Of = 'validation' | 'loss'

const columns: readonly Column<TrainingRow>[] = [
  ...modelColumns,
  { name: 'step', value: (r) => r.at.step, tip: (r) => `step ${r.at.step}` },
  { name: 'tokens', value: (r) => r.at.tokens, tip: (r) => `${count(r.at.tokens)} tokens` },
  { name: 'seconds', value: (r) => r.at.seconds, tip: (r) => `${num(r.at.seconds)} s` },
  { name: 'loss_nats_per_token', value: (r) => r.at.loss },
  { name: 'validation_bits_per_character', value: (r) => r.at.validation },
]

/** A curve keeps at most this many points, evenly thinned, first and last included. */
const mostPoints = 240

export const training: Chart = defineChart({
  id: '12-training',
  title: 'Training',
  per: 'group',
  rows: ({ results, groups }) =>
    groups.flatMap((group) =>
      group.models.flatMap((model) =>
        results.training
          .filter((curve) => curve.model === model.id)
          .flatMap((curve) => curve.points.map((at) => ({ group, model, at }))),
      ),
    ),
  columns,
  panels: (rows, { groups }) => {
    const validated = rows.some((r) => r.at.validation !== null)
    const kinds: Of[] = validated ? ['validation', 'loss'] : ['loss']
    return groups.flatMap((group) =>
      kinds.flatMap((of) => (['tokens', 'seconds'] as const).map((by) => panel(rows, of, by, group))),
    )
  },
  caption: (rows) => {
    const kinds = new Set(rows.map((r) => r.model.paradigm))
    const [exact, bounds] = [kinds.has('autoregressive'), kinds.size > Number(kinds.has('autoregressive'))]
    const words = [
      exact && 'exact for the autoregressive model',
      bounds && 'upper bounds for diffusion models',
    ]
    return [
      `Held-out bits per character during training are ${words.filter((w) => w !== false).join(' and ')}.`,
      kinds.size > 1
        ? 'The training loss is each paradigm’s own objective in nats a token: compare its shape, never its height.'
        : 'The training loss is in nats a token, by each model’s own weighting: compare its shape.',
    ]
  },
  columnsAtMost: 2,
  panelHeight: 240,
  folded: true,
})

function panel(rows: readonly TrainingRow[], of: Of, against: Against, group: Group): XYPanel {
  const place: Place<TrainingRow> = { x: (r) => r.at[against], y: (r) => r.at[of] ?? Number.NaN }
  const usable = rows.filter((r) => Number.isFinite(place.y(r)))
  const series = [...new Set(usable.map((r) => r.model))].map(
    (model): Series => ({
      ...model.stroke,
      label: model.name,
      join: 'line',
      inLegend: true,
      points: thin(usable.filter((r) => r.model === model)).map((row) => markOf(row, place, columns)),
    }),
  )
  const alike = group.models.every((m) => m.paradigm === group.models[0].paradigm)
  const caution = alike ? 'each model’s own objective' : 'not comparable across paradigms'
  const words = of === 'validation' ? 'Held-out bits per character' : 'Training loss, nats a token'
  return {
    kind: 'xy',
    id: `${of}-vs-${against}-${group.slug}`,
    title: `${words}, by ${against}`,
    hint: of === 'validation' ? 'lower is better' : caution,
    x: linearAxis(`training ${against}`, usable.map(place.x), true),
    y: linearAxis('', reachOf(series)),
    series,
    guides: [],
  }
}

function thin<T>(points: readonly T[]): T[] {
  if (points.length <= mostPoints) return [...points]
  return Array.from(
    { length: mostPoints },
    (_, i) => points[Math.round((i * (points.length - 1)) / (mostPoints - 1))],
  )
}
