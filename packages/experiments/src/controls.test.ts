/** Controls on real text: each metric that one of them wins says so. */
import { loadDataset } from '@trivium/corpus/node'
import { buildReference, controlBaselines, controlTexts, qualityMetrics } from '@trivium/evaluation'
import {
  type Baseline,
  type ControlId,
  type MetricName,
  metricDifference,
  metricTable,
} from '@trivium/schema'
import { beforeAll, describe, expect, it } from 'vitest'

let heldOut: Baseline
let controls: Baseline[]
beforeAll(async () => {
  const { train, test } = await loadDataset({ name: 'moby-dick', view: 'text8' })
  ;[heldOut, ...controls] = controlBaselines(buildReference({ train, heldOut: test }), 64, 64)
})

const metricOf = ({ quality }: Baseline, name: MetricName) => quality.find((metric) => metric.name === name)

describe('on Moby-Dick', () => {
  it('no control wins a metric that is not flagged', () => {
    expect(controls.map(({ id }) => id)).toEqual([
      'repeat-one-row',
      'unigram',
      'bigram',
      'shuffled',
      'stitched',
    ])
    for (const control of controls)
      for (const metric of control.quality) {
        const { better, wonBy = [] } = metricTable[metric.name]
        const mark = metricOf(heldOut, metric.name)
        if (better === 'held-out' || mark === undefined || wonBy.includes(control.id as ControlId)) continue
        const [low, high] = metricDifference(metric, mark).ci95 ?? [0, 0]
        const won = better === 'higher' ? low > 0 : high < 0
        expect(won, `${control.id} wins ${metric.name}`).toBe(false)
      }
  })
})

it('stitched phrases please the judge more than held-out text does, at an entropy that no guard minds', async () => {
  // A part of the addresses, which repeat their phrases.
  const { train, test } = await loadDataset({ name: 'sotu', view: 'text8' })
  const reference = buildReference({ train: train.slice(-5_000_000), heldOut: test })
  const measured = controlTexts(reference, 64, 64).map(({ id, texts }) => ({
    id,
    metrics: qualityMetrics(texts, reference, ['judge-bits', 'entropy']),
  }))
  const [judged, entropy] = measured.find(({ id }) => id === 'stitched')?.metrics ?? []
  const [mark, natural] = measured[0].metrics
  expect(metricDifference(judged, mark).ci95?.[1]).toBeLessThan(0)
  expect(entropy.value / natural.value).toBeGreaterThan(metricTable['judge-bits'].guard?.leastShare ?? 1)
})
