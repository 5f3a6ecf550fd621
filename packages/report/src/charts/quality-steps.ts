/** @file Chart 1, quality versus steps: one panel a metric. */
import { type Chart, defineChart } from '../chart.ts'
import { panelMetrics } from '../select.ts'
import {
  lineSentences,
  qualityColumns,
  qualityRows,
  stepPanels,
  textsOf,
  writtenNoun,
} from './quality-panel.ts'

export const qualitySteps: Chart = defineChart({
  id: '1-quality-vs-steps',
  title: 'Quality versus steps',
  per: 'group',
  rows: qualityRows,
  columns: qualityColumns,
  panels: (rows, scene) => stepPanels(rows, scene, scene.groups.flatMap(panelMetrics)),
  caption: (rows, scene) => [
    'Quality against the network evaluations spent on one text (NFE; every forward counts).',
    ...lineSentences(scene),
    rows.some((r) => r.metric.name === 'judge-bits') &&
      'The judge rewards repetition, so read it beside the entropy.',
    'Whiskers and band: 95 % intervals.',
  ],
  n: { of: textsOf, noun: writtenNoun },
  columnsAtMost: 3,
  panelHeight: 220,
})
