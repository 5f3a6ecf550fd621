/** @file Bits per character of held-out rows from a model's own likelihood, exact or a bound that says so. */
import type { LanguageModel, Likelihood, LikelihoodOptions } from '@trivium/language-model'
import { InputError, type Metric } from '@trivium/schema'
import { metricOf } from './metrics/measure.ts'
import { bootstrapRatio } from './statistics.ts'

export type BitsOptions = LikelihoodOptions & {
  /** Bootstrap resamples B; 2000 when absent. */
  readonly resamples?: number
  /** What the rows are, with its version; held-out text when absent. */
  readonly task?: string
}

/**
 * Σ −log p / (ln 2 · Σ characters) over rows, bits/char. Rows are scored independently, so the first tokens of a row
 * have no context; the same rows serve every model.
 *
 * The interval is a bootstrap over rows. `stderr` is the ratio estimator's over rows: the scatter of the scored rows
 * already holds the Monte Carlo noise of a bound, so that is not added again; it is only the floor (and all there is
 * for one row). `parts` are the summands of a bound, averaged likewise.
 * @throws InputError when rows and characters do not match, or the model mixes bound types
 */
export async function bitsPerCharacter(
  model: Pick<LanguageModel, 'logLikelihood'>,
  rows: readonly Int32Array[],
  charactersPerRow: readonly number[],
  options: BitsOptions = {},
): Promise<Metric> {
  if (rows.length === 0 || rows.length !== charactersPerRow.length)
    throw new InputError(
      `bitsPerCharacter: ${rows.length} rows and ${charactersPerRow.length} character counts; pass one count for each row, at least one`,
    )
  const { resamples, task = 'likelihood@1', ...scoring } = options
  const scores = await model.logLikelihood(rows, scoring)
  const bounds = new Set(scores.map((score) => score.bound))
  if (bounds.size !== 1)
    throw new InputError(
      `bitsPerCharacter: bounds ${[...bounds].join(' and ')} in one mean; score them apart`,
    )
  const bits = scores.map((score) => score.nats / Math.LN2)
  const characters = charactersPerRow.reduce((sum, c) => sum + c, 0)
  const value = bits.reduce((sum, b) => sum + b, 0) / characters
  const parts = meanParts(scores, characters)
  const measured = {
    value,
    ci95: bootstrapRatio(bits, charactersPerRow, { resamples, seed: options.seed }),
    stderr: Math.max(rowError(bits, charactersPerRow, value), monteCarloError(scores, characters)),
    n: rows.length,
  }
  const metric = metricOf(task, 'bits-per-character', measured, scores[0].bound)
  return parts === undefined ? metric : { ...metric, parts }
}

function rowError(bits: readonly number[], characters: readonly number[], value: number): number {
  const n = bits.length
  if (n < 2) return 0
  const squares = bits.reduce((sum, b, i) => sum + (b - value * characters[i]) ** 2, 0)
  return Math.sqrt((squares * n) / (n - 1)) / characters.reduce((sum, c) => sum + c, 0)
}

const monteCarloError = (scores: readonly Likelihood[], characters: number): number =>
  Math.sqrt(scores.reduce((sum, score) => sum + score.stderr ** 2, 0)) / Math.LN2 / characters

function meanParts(scores: readonly Likelihood[], characters: number): Record<string, number> | undefined {
  const sums: Record<string, number> = {}
  for (const score of scores)
    for (const [name, nats] of Object.entries(score.parts ?? {}))
      sums[name] = (sums[name] ?? 0) + nats / Math.LN2 / characters
  return Object.keys(sums).length > 0 ? sums : undefined
}
