/** @file How likely a filled gap reads to an independent judge, beside what stood there. */
import type { Metric } from '@trivium/schema'
import type { Judge } from './judge.ts'
import { groupsOf, metricOf, ratio } from './metrics/measure.ts'

/** A gap between two texts, structurally the `Filling` of the tasks package. */
export type Filling = {
  readonly left: string
  readonly right: string
  /** What stood in the gap. */
  readonly wanted: string
  readonly written: string
}

/**
 * Judge bits a character of the filled text less those of the true text, over the gap and the characters behind it whose context
 * reaches into it; mean over texts. Zero is the true text; below it stands what is commoner than the truth.
 */
export function judgeGap(
  task: string,
  fillings: readonly Filling[],
  judge: Pick<Judge, 'order' | 'characterBits'>,
): Metric[] {
  if (fillings.length === 0) return []
  const bitsOf = ({ left, right }: Filling, middle: string): number => {
    const text = middle + right.slice(0, judge.order - 1)
    const bits = judge.characterBits(text, { context: left })
    return bits.reduce((sum, b) => sum + b, 0) / bits.length
  }
  const gaps = fillings.map((one) => bitsOf(one, one.written) - bitsOf(one, one.wanted))
  const ones = gaps.map(() => 1)
  return [metricOf(task, 'judge-gap', ratio(gaps, ones, groupsOf(gaps.length, 'examples')), null)]
}
