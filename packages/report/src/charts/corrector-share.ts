/**
 * @file Chart 8, the second half: quality against the share of written tokens that a sampler takes back (η of `remask`), all at one
 * number of steps, so that what corrections gain is not what more forwards gain.
 */
import { type Metric, metricTable } from '@trivium/schema'
import { linearAxis } from '../axis.ts'
import { type Chart, defineChart, markOf, reachOf } from '../chart.ts'
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
import { hintOf, panelMetrics } from '../select.ts'
import { sourceGuides, writtenNoun } from './quality-panel.ts'

type ShareRow = PointRow & { eta: number; steps: number; metric: Metric }

const columns: readonly Column<ShareRow>[] = [
  ...modelColumns,
  ...settingColumns,
  { name: 'eta', value: (r) => r.eta, tip: (r) => `η = ${r.eta}` },
  ...metricColumns,
]
const place = {
  x: (r: ShareRow) => r.eta,
  ...metricPlace,
}

export const correctorShare: Chart = defineChart({
  id: '8-corrector-share',
  title: 'What taking tokens back gains',
  per: 'group',
  rows: ({ groups }) => {
    const rows = pointRows(groups).flatMap((row): ShareRow[] => {
      const { sampler, quality } = row.point
      if (sampler.type !== 'remask') return []
      const { eta, steps } = sampler
      return quality.map((metric) => ({ ...row, eta, steps, metric }))
    })
    return rows.filter((r) => rows.some((other) => beside(r, other) && other.eta !== r.eta))
  },
  columns,
  panels: (rows, { results, groups: [group] }) =>
    panelMetrics(group).flatMap((name): XYPanel[] => {
      const mine = rows.filter((r) => r.metric.name === name)
      if (mine.length === 0) return []
      const firsts = mine.filter((r, i) => mine.findIndex((other) => beside(r, other)) === i)
      const series = firsts.map(
        (first): Series => ({
          ...first.model.stroke,
          label: `${first.model.name}, S=${first.steps}`,
          join: 'line',
          inLegend: true,
          points: mine
            .filter((r) => beside(r, first))
            .toSorted((a, b) => a.eta - b.eta)
            .map((row) => markOf(row, place, columns)),
        }),
      )
      const guides = sourceGuides(results, name).filter((g) => g.ink === 'held-out')
      return [
        {
          kind: 'xy',
          id: `${name}-by-eta-${group.slug}`,
          title: metricTable[name].title,
          hint: hintOf(name),
          x: linearAxis('η, most of what is written that a step takes back', mine.map(place.x), true),
          y: linearAxis('', [...reachOf(series), ...guides.map((g) => g.value)]),
          series,
          guides,
        },
      ]
    }),
  caption: () => [
    'Remasking at one number of steps: η = 0 takes nothing back and is ancestral sampling.',
    'Whiskers: 95 % intervals.',
  ],
  n: { of: (row) => row.metric.n, noun: writtenNoun },
  columnsAtMost: 3,
  panelHeight: 240,
})

/** Of one model and one number of steps. */
const beside = (a: ShareRow, b: ShareRow): boolean => a.model === b.model && a.steps === b.steps
