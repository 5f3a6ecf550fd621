/** @file All figures of a result file, as pure specifications. */
import type { Results } from '@trivium/schema'
import { bitsPerCharacter } from './charts/bits.ts'
import { frontier } from './charts/frontier.ts'
import { overview } from './charts/overview.ts'
import { qualityLatency } from './charts/quality-latency.ts'
import { qualitySteps } from './charts/quality-steps.ts'
import { stepsLatency } from './charts/steps-latency.ts'
import { training } from './charts/training.ts'
import type { FigureSpec } from './figure.ts'
import { groupsOf } from './select.ts'

/**
 * Every figure that the results can support, in reading order: charts 1, 2, 3, 4 for each group, 11 for all groups,
 * 12 for each group, and last the `overview` for a README. Missing parts leave out a figure, never fail.
 */
export function figures(results: Results): FigureSpec[] {
  const groups = groupsOf(results)
  const perGroup = [qualitySteps, qualityLatency, stepsLatency, frontier]
  const all = [
    ...perGroup.flatMap((chart) => groups.map((g) => chart(results, g))),
    bitsPerCharacter(results, groups),
    ...groups.map((g) => training(results, g)),
    groups.length > 0 ? overview(results, groups[0]) : null,
  ]
  return all.filter((f) => f !== null)
}
