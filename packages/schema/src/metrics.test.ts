import { expect, it } from 'vitest'
import { metricNames, metricTable, qualityMetricNames } from './index.ts'

it('every metric is a likelihood, of answers, of rows of a language, or of texts alone', () => {
  const likelihoods = metricNames.filter((name) => metricTable[name].bound === true)
  const answers = metricNames.filter((name) => metricTable[name].answers)
  const oracle = metricNames.filter((name) => metricTable[name].oracle)
  expect([...likelihoods, ...answers, ...oracle, ...qualityMetricNames].sort()).toEqual(
    [...metricNames].sort(),
  )
})

it('what ranks texts and falls for repetition is guarded; what has no better end is not', () => {
  expect(metricTable['judge-bits'].guard?.metric).toBe('entropy')
  for (const name of metricNames)
    if (metricTable[name].better === 'held-out') expect(metricTable[name].guard, name).toBeUndefined()
})

it('no two metrics share their words', () => {
  for (const words of ['title', 'short', 'meaning'] as const)
    expect(new Set(metricNames.map((name) => metricTable[name][words])).size, words).toBe(metricNames.length)
})
