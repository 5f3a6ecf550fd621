/**
 * @file The quality of a set of generated texts, each number with an interval and an n. No single one can be trusted:
 * `controls.ts` shows which of them a text without sense can win.
 */
import { InputError, type Metric, type QualityMetricName, qualityMetricNames } from '@trivium/schema'
import { distinct, duplicateRate, selfBleu } from './metrics/diversity.ts'
import { judgeBits } from './metrics/judge-bits.ts'
import { type Measure, metricOf, textSetOf } from './metrics/measure.ts'
import { longestTrainMatch, trainOverlap } from './metrics/memorisation.ts'
import { divergence, entropy } from './metrics/ngram-metrics.ts'
import { wordValidity } from './metrics/word-validity.ts'
import type { QualityReference } from './reference.ts'

/** A function for each row of the table. */
const measures: Readonly<Record<QualityMetricName, Measure>> = {
  'judge-bits': judgeBits,
  entropy,
  'js-1': divergence(1),
  'js-2': divergence(2),
  'js-3': divergence(3),
  'js-4': divergence(4),
  'word-validity': wordValidity,
  'distinct-1': distinct(1),
  'distinct-2': distinct(2),
  'distinct-3': distinct(3),
  'distinct-4': distinct(4),
  'self-bleu-4': selfBleu,
  'duplicate-rate': duplicateRate,
  'train-overlap-8': trainOverlap,
  'longest-train-match': longestTrainMatch,
}

/**
 * All quality metrics of texts that are meant to look like the reference; one without anything to count (no whole
 * word, no 8-word window) is left out.
 * @param names only these
 * @throws InputError when there are no texts
 */
export function qualityMetrics(
  texts: readonly string[],
  reference: QualityReference,
  names: readonly QualityMetricName[] = qualityMetricNames,
): Metric[] {
  if (texts.length === 0) throw new InputError('there are no texts to measure; draw at least one sample')
  const set = textSetOf(texts, reference)
  return names
    .map((name) => metricOf('unconditional@2', name, measures[name](set, reference), null))
    .filter(({ value }) => Number.isFinite(value))
}
