/** @file What rows of a language with exact likelihoods are measured by, and the sources without a model beside them. */
import { createRng, type Rng } from '@trivium/random'
import type { Baseline, Metric, OracleMetricName } from '@trivium/schema'
import { type Measured, metricOf, setStatistic, share } from './metrics/measure.ts'
import { oracleGap, type TransitionMatrix, transitionDivergence } from './oracle.ts'

/** Of a language, what measuring needs: structurally the `Language` of the languages package. */
export type ExactLanguage = {
  logProb(row: Int32Array): number
  errors(row: Int32Array): number
  entropyRate(length: number): number
  /** Of Markov languages, whose transitions can be held against the true ones. */
  readonly transition?: TransitionMatrix
}

/**
 * All that the truth says of rows of one length. The gap is left out where no row is possible, the divergence where the
 * language has no transitions.
 * @param task what the rows are, with its version
 */
export function languageMetrics(
  rows: readonly Int32Array[],
  language: ExactLanguage,
  task: string,
): Metric[] {
  const { transition } = language
  const metric = (name: OracleMetricName, measured: Measured): Metric => metricOf(task, name, measured, null)
  const divergence = (of: 'kl' | 'tv', most: number): Measured =>
    setStatistic(rows, (some) => transitionDivergence(some, transition ?? [])[of], [0, most])
  const errors = rows.map((row) => language.errors(row))
  const lengths = rows.map(({ length }) => length)
  const ones = rows.map(() => 1)
  return [
    ...(transition === undefined
      ? []
      : [
          metric('transition-kl', divergence('kl', Number.POSITIVE_INFINITY)),
          metric('transition-tv', divergence('tv', 1)),
        ]),
    ...gapOf(rows, language).map((measured) => metric('oracle-gap', measured)),
    metric('token-errors', share(errors, lengths)),
    metric(
      'sequence-errors',
      share(
        errors.map((n) => Math.min(1, n)),
        ones,
      ),
    ),
  ]
}

function gapOf(rows: readonly Int32Array[], language: ExactLanguage): Measured[] {
  const logs = new Map(rows.map((row) => [row, language.logProb(row)]))
  if (![...logs.values()].some(Number.isFinite)) return []
  const { gap, ci95, stderr, n, items } = oracleGap(
    rows,
    (row) => logs.get(row as Int32Array) ?? Number.NaN,
    language.entropyRate(rows[0].length),
  )
  return [{ value: gap, ci95, stderr, n, items }]
}

/**
 * The floor that belongs on every chart (as many true rows), and controls that must lose or be flagged: one row repeated,
 * tokens drawn apart by their frequencies, and true rows with their tokens shuffled.
 * @param truth as many rows of the language as are drawn of a model
 */
export function languageBaselines(
  truth: readonly Int32Array[],
  language: ExactLanguage,
  { task, seed }: { readonly task: string; readonly seed: number },
): Baseline[] {
  const rng = createRng(seed).fork('controls')
  const pool = truth.flatMap((row) => Array.from(row))
  const drawn = (stream: Rng, length: number): Int32Array =>
    Int32Array.from(stream.uniforms(length), (u) => pool[Math.floor(u * pool.length)])
  const sources: (Omit<Baseline, 'quality'> & { rows: readonly Int32Array[] })[] = [
    { id: 'held-out', label: 'the language itself', kind: 'held-out', rows: truth },
    { id: 'repeat-one-row', label: 'one row repeated', kind: 'control', rows: truth.map(() => truth[0]) },
    {
      id: 'unigram',
      label: 'unigram',
      kind: 'control',
      rows: truth.map(({ length }, i) => drawn(rng.fork('unigram', i), length)),
    },
    {
      id: 'shuffled',
      label: 'shuffled tokens',
      kind: 'control',
      rows: truth.map((row, i) =>
        Int32Array.from(rng.fork('shuffled', i).permutation(row.length), (at) => row[at]),
      ),
    },
  ]
  return sources.map(({ rows, ...about }) => ({ ...about, quality: languageMetrics(rows, language, task) }))
}
