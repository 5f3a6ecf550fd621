/**
 * @file The quality of a set of generated texts, each number with an interval and an n. No single one can be trusted:
 * `controls.ts` shows which of them a text without sense can win.
 */
import { InputError, type Metric } from '@trivium/schema'
import { countGrams, gramEntropy, jensenShannon } from './ngrams.ts'
import type { QualityReference } from './reference.ts'
import { bootstrapRatio, type Interval, jackknife, wilson } from './statistics.ts'
import { distinctN, selfBleu4, wordsOf } from './words.ts'

const task = 'unconditional@1'
type Shape = Pick<Metric, 'name' | 'unit' | 'higherIsBetter'>

/**
 * Metrics of texts that are meant to look like the reference; a metric without anything to count (no whole word, no
 * 8-word window) is left out.
 *
 * | name | is | interval |
 * |---|---|---|
 * | judge-bits | Kneser–Ney judge, bits/char; a repeated likely row wins it: read beside entropy | bootstrap over texts |
 * | entropy | H(4-grams of all the texts) / 4, bits/char: falls when a text, or the set, repeats itself; biased low by the sample's size, so compare equal sizes | jackknife |
 * | word-validity | share of whole words that the training text has | bootstrap |
 * | js-1 … js-4 | Jensen–Shannon divergence to held-out character n-grams, bits | jackknife |
 * | distinct-1 … -4 | different word n-grams / all | jackknife |
 * | self-bleu-4 | mean BLEU-4 of a text against the others | bootstrap, references fixed |
 * | duplicate-rate | share of texts that equal an earlier one | Wilson |
 * | train-overlap-8 | share of windows of 8 whole words that the training text has | bootstrap |
 * | longest-train-match | longest run of characters that the training text has, mean over texts | bootstrap |
 *
 * A jackknife serves where a bootstrap would count its own copies as repetitions.
 * @throws InputError when there are no texts
 */
export function qualityMetrics(texts: readonly string[], reference: QualityReference): Metric[] {
  if (texts.length === 0) throw new InputError('there are no texts to measure; draw at least one sample')
  const { judge, trainIndex } = reference
  const symbols = texts.map((text) => judge.alphabet.encode(text))
  const bits = texts.map((text) => judge.characterBits(text).reduce((sum, b) => sum + b, 0))
  const whole = texts.map((text) => wordsOf(text, { inner: true }))
  const valid = whole.map((words) => words.filter((word) => trainIndex.vocabulary.has(word)).length)
  const overlaps = whole.map((words) => trainIndex.overlap(words))
  const longest = texts.map((text, i) => trainIndex.longestMatch(symbols[i]) || judge.longestKnown(text))
  const ratio = ratioMetric(reference)
  const ones = texts.map(() => 1)
  return [
    ratio(lower('judge-bits', 'bits/char'), bits, lengths(symbols)),
    ...setMetrics(symbols, reference),
    ratio({ name: 'word-validity', unit: 'share', higherIsBetter: true }, valid, lengths(whole)),
    ...distinctMetrics(texts),
    selfBleuMetric(texts, ratio),
    duplicateMetric(texts),
    ratio(
      lower('train-overlap-8', 'share'),
      overlaps.map((o) => o.known),
      overlaps.map((o) => o.windows),
    ),
    ratio(lower('longest-train-match', 'characters'), longest, ones),
  ].filter((metric) => Number.isFinite(metric.value))
}

const lower = (name: string, unit: string): Shape => ({ name, unit, higherIsBetter: false })
const neither = (name: string, unit: string): Shape => ({ name, unit, higherIsBetter: null })
const lengths = (rows: readonly { length: number }[]): number[] => rows.map((row) => row.length)
const total = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0)

function metric(
  shape: Shape,
  value: number,
  ci95: Interval | null,
  stderr: number | null,
  n: number,
): Metric {
  return { task, ...shape, value, ci95, stderr, n, boundType: null }
}

type RatioMetric = (shape: Shape, above: number[], below: number[]) => Metric

/** Σ above / Σ below with a bootstrap over texts; the standard error is the ratio estimator's (Cochran 1977, §2.11). */
function ratioMetric({ resamples, seed }: QualityReference): RatioMetric {
  return (shape, above, below) => {
    const n = above.length
    const value = total(above) / total(below)
    const squares = above.reduce((sum, a, i) => sum + (a - value * below[i]) ** 2, 0)
    const stderr = n > 1 ? Math.sqrt((squares * n) / (n - 1)) / total(below) : null
    const ci95 = Number.isFinite(value) ? bootstrapRatio(above, below, { resamples, seed }) : null
    return metric(shape, value, ci95, stderr, n)
  }
}

/** A statistic of the whole set, with a jackknife over at most 32 groups of texts and clipped to its range. */
function jackknifed<T>(
  shape: Shape,
  rows: readonly T[],
  statistic: (rows: T[]) => number,
  range: Interval,
): Metric {
  const value = statistic([...rows])
  const groups = Math.min(32, rows.length)
  if (groups < 2 || !Number.isFinite(value)) return metric(shape, value, null, null, rows.length)
  const { stderr, ci95 } = jackknife(value, groups, (g) => statistic(rows.filter((_, i) => i % groups !== g)))
  if (!Number.isFinite(stderr)) return metric(shape, value, null, null, rows.length)
  return metric(shape, value, [Math.max(range[0], ci95[0]), Math.min(range[1], ci95[1])], stderr, rows.length)
}

function setMetrics(symbols: Uint8Array[], reference: QualityReference): Metric[] {
  const entropy = (rows: Uint8Array[]): number => gramEntropy(countGrams(rows, 4)) / 4
  const js = [1, 2, 3, 4].map((n) =>
    jackknifed(
      lower(`js-${n}`, 'bits'),
      symbols,
      (rows) => jensenShannon(countGrams(rows, n), reference.heldOutGrams[n - 1]),
      [0, 1],
    ),
  )
  return [jackknifed(neither('entropy', 'bits/char'), symbols, entropy, [0, 8]), ...js]
}

function distinctMetrics(texts: readonly string[]): Metric[] {
  const words = texts.map((text) => wordsOf(text))
  return [1, 2, 3, 4].map((n) =>
    jackknifed(neither(`distinct-${n}`, 'share'), words, (rows) => distinctN(rows, n), [0, 1]),
  )
}

function selfBleuMetric(texts: readonly string[], ratio: RatioMetric): Metric {
  const scores = [...selfBleu4(texts.map((text) => wordsOf(text)))].filter(Number.isFinite)
  return ratio(
    neither('self-bleu-4', 'BLEU'),
    scores,
    scores.map(() => 1),
  )
}

function duplicateMetric(texts: readonly string[]): Metric {
  const n = texts.length
  const repeats = n - new Set(texts).size
  const stderr = Math.sqrt(((repeats / n) * (1 - repeats / n)) / n)
  return metric(lower('duplicate-rate', 'share'), repeats / n, wilson(repeats, n), stderr, n)
}
