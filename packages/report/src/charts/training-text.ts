/** @file Chart 15, copying: how much of what a model writes stands in its training text, against the steps. */
import type { MetricName } from '@trivium/schema'
import { type Chart, defineChart } from '../chart.ts'
import { isTelling } from '../select.ts'
import {
  lineSentences,
  qualityColumns,
  qualityRows,
  stepPanels,
  textsOf,
  writtenNoun,
} from './quality-panel.ts'

const names: readonly MetricName[] = ['longest-train-match', 'train-overlap-8']

export const trainingText: Chart = defineChart({
  id: '15-training-text',
  title: 'Copying from the training text',
  per: 'group',
  rows: (scene) => qualityRows(scene).filter((r) => names.includes(r.metric.name)),
  columns: qualityColumns,
  panels: (rows, scene) =>
    stepPanels(
      rows,
      scene,
      names.filter((name) => scene.groups.some((group) => isTelling(group, name))),
    ),
  caption: (_, scene) => [
    'Held-out text repeats phrases of the training text too: it is the mark, and only what lies well above it points to learning by heart.',
    ...lineSentences(scene),
    'Whiskers and band: 95 % intervals.',
  ],
  n: { of: textsOf, noun: writtenNoun },
  columnsAtMost: 2,
  panelHeight: 240,
  folded: true,
})
