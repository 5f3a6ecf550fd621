/**
 * @file Chart 16, where the noise hides the text: the summand of a Gaussian bound for each unit of γ = −log SNR (I-MMSE). The area
 * under a curve is the diffusion part of the bound, so a schedule should look where it is high.
 */
import { linearAxis } from '../axis.ts'
import { type Chart, defineChart, markOf, type Place, reachOf } from '../chart.ts'
import { type Column, modelColumns } from '../columns.ts'
import type { Series } from '../figure.ts'
import type { Group, Member } from '../members.ts'
import { num } from '../numbers.ts'
import { bitsOf } from '../select.ts'

type InformationRow = { group: Group; model: Member; gamma: number; value: number }

const columns: readonly Column<InformationRow>[] = [
  ...modelColumns,
  { name: 'gamma', value: (r) => r.gamma, tip: (r) => `γ = ${num(r.gamma)}` },
  { name: 'bits_per_character_and_gamma', value: (r) => r.value, tip: (r) => `${num(r.value)} bits` },
]

const place: Place<InformationRow> = { x: (r) => r.gamma, y: (r) => r.value }

export const information: Chart = defineChart({
  id: '16-information',
  title: 'Where the noise hides the text',
  per: 'group',
  rows: ({ results, groups }) =>
    groups.flatMap((group) =>
      group.models.flatMap((model) =>
        (bitsOf(results, model.id)?.information ?? []).map((at) => ({ group, model, ...at })),
      ),
    ),
  columns,
  panels(rows, { groups }) {
    const series = [...new Set(rows.map((r) => r.model))].map(
      (model): Series => ({
        ...model.stroke,
        label: model.name,
        join: 'line',
        inLegend: true,
        points: rows.filter((r) => r.model === model).map((row) => markOf(row, place, columns)),
      }),
    )
    return [
      {
        kind: 'xy',
        id: `information-${groups[0].slug}`,
        title: 'Bits a character for each unit of γ',
        hint: 'the area is the diffusion part of the bound',
        x: linearAxis('γ = −log SNR: clean on the left, noise on the right', rows.map(place.x)),
        y: linearAxis('', [0, ...reachOf(series)]),
        series,
        guides: [],
      },
    ]
  },
  caption: () => [
    'The summand of the bound on −log p, a point for each bin of equally many draws; the area under a curve is the diffusion part of the bound.',
    'What lies outside of the shown γ is the reconstruction on the left and the prior on the right.',
  ],
  columnsAtMost: 1,
  panelHeight: 240,
  folded: true,
})
