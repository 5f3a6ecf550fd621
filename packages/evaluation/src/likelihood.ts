/** @file Bits per character of held-out rows from a model's own likelihood, exact or a bound that says so. */
import type { LanguageModel, Likelihood, LikelihoodOptions } from '@trivium/language-model'
import { InputError, type Metric } from '@trivium/schema'
import type { ScoredRows } from './held-out.ts'
import { clusteredRatio, metricOf } from './metrics/measure.ts'

/**
 * Σ −log p / ln 2 over Σ characters and over Σ bytes, of rows that are scored independently, so that the first tokens of a
 * row have no context; the same rows serve every model.
 *
 * Rows of one document are alike, so the documents are the sample: `stderr` is the ratio estimator's over them, the
 * interval Student's t, and `items` holds one value a document for paired differences. The scatter of the scored rows
 * already holds the Monte Carlo noise of a bound. `parts` are the summands of a bound a character.
 * @returns bits per character, then bits per byte
 * @throws InputError when there are no rows, or the model mixes bound types
 */
export async function likelihoodMetrics(
  model: Pick<LanguageModel, 'logLikelihood'>,
  held: ScoredRows,
  options: LikelihoodOptions = {},
): Promise<[Metric, Metric]> {
  const { rows, clusters, unit } = held
  const characters = rows.map(({ from, to }) => to - from)
  if (characters.every((count) => count === 0))
    throw new InputError('the held-out rows have no character; score at least one row of text')
  const scores = await model.logLikelihood(
    rows.map(({ tokens }) => tokens),
    options,
  )
  const bounds = new Set(scores.map((score) => score.bound))
  if (bounds.size !== 1)
    throw new InputError(
      `the likelihood mixes the bounds ${[...bounds].join(' and ')} in one mean; score them apart`,
    )
  const [{ bound, draws, kind }] = scores
  const bits = scores.map((score) => score.nats / Math.LN2)
  const metric = (name: 'bits-per-character' | 'bits-per-byte', below: number[]): Metric => ({
    ...metricOf('likelihood@2', name, clusteredRatio(bits, below, { clusters, unit }), bound),
    ...partsOf(scores, below),
    ...(kind === 'upper-bound' && { draws }),
  })
  return [
    metric('bits-per-character', characters),
    metric(
      'bits-per-byte',
      rows.map(({ bytes }) => bytes),
    ),
  ]
}

function partsOf(scores: readonly Likelihood[], below: readonly number[]): Pick<Metric, 'parts'> {
  const total = below.reduce((sum, count) => sum + count, 0)
  const parts: Record<string, number> = {}
  for (const score of scores)
    for (const [name, nats] of Object.entries(score.parts ?? {}))
      parts[name] = (parts[name] ?? 0) + nats / Math.LN2 / total
  return Object.keys(parts).length > 0 ? { parts } : {}
}
