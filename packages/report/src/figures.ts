/** @file All figures of a result file, as pure specifications. */
import type { Results } from '@trivium/schema'
import type { Chart } from './chart.ts'
import { bitsPerCharacter } from './charts/bits.ts'
import { frontier } from './charts/frontier.ts'
import { overview } from './charts/overview.ts'
import { parallelism } from './charts/parallelism.ts'
import { qualityLatency } from './charts/quality-latency.ts'
import { qualitySteps } from './charts/quality-steps.ts'
import { stepsLatency } from './charts/steps-latency.ts'
import { training } from './charts/training.ts'
import { trainingText } from './charts/training-text.ts'
import type { FigureSpec } from './figure.ts'
import { groupsOf } from './members.ts'

/** In reading order. A chart is one file and its line here. */
const charts: readonly Chart[] = [
  qualitySteps,
  qualityLatency,
  stepsLatency,
  frontier,
  bitsPerCharacter,
  training,
  parallelism,
  trainingText,
]

/**
 * Every figure that the results can support, chart after chart, and last the `overview` for a README. Missing parts leave
 * out a figure, never fail.
 */
export function figures(results: Results): FigureSpec[] {
  const groups = groupsOf(results)
  const summary = overview({ results, groups })
  return [
    ...charts.flatMap((chart) => chart.figures(results, groups)),
    ...(summary === null ? [] : [summary]),
  ]
}
