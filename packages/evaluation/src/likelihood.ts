/** @file Bits per character of held-out rows from a model's own likelihood, exact or a bound that says so. */
import type { LanguageModel, Likelihood, LikelihoodOptions } from '@trivium/language-model'
import { InputError, type Metric } from '@trivium/schema'
import type { ScoredRows } from './held-out.ts'
import { metricOf, ratio } from './metrics/measure.ts'

export type ScoringOptions = LikelihoodOptions & {
  /** What the rows are, with its version; held-out text when absent. */
  readonly task?: string
}

/**
 * Σ −log p / ln 2 over Σ characters (and over Σ bytes where they are given) of rows that are scored independently, so that
 * the first tokens of a row have no context; the same rows serve every model.
 *
 * Rows of one document are alike, so the documents are the sample: `stderr` is the ratio estimator's over them, the
 * interval Student's t, and `items` holds one value a document for paired differences. The scatter of the scored rows
 * already holds the Monte Carlo noise of a bound. `parts` are the summands of a bound a character.
 * @returns bits per character, then bits per byte if any
 * @throws InputError when the rows have no character, or the model mixes bound types
 */
export async function likelihoodMetrics(
  model: Pick<LanguageModel, 'logLikelihood'>,
  { rows, characters, bytes, clusters, unit }: ScoredRows,
  { task = 'likelihood@2', ...options }: ScoringOptions = {},
): Promise<[Metric, ...Metric[]]> {
  if (rows.length !== characters.length || !characters.some((count) => count > 0))
    throw new InputError(
      `the likelihood has ${rows.length} rows and ${characters.length} counts of characters; pass one count for each row, and at least one character`,
    )
  const scores = await inCanonicalOrder(model, rows, options)
  const bounds = new Set(scores.map((score) => score.bound))
  if (bounds.size !== 1)
    throw new InputError(
      `the likelihood mixes the bounds ${[...bounds].join(' and ')} in one mean; score them apart`,
    )
  const [{ bound, draws, kind, forwards }] = scores
  const bits = scores.map((score) => score.nats / Math.LN2)
  const metric = (name: 'bits-per-character' | 'bits-per-byte', below: readonly number[]): Metric => ({
    ...metricOf(task, name, ratio(bits, below, { clusters, unit }), bound),
    ...partsOf(scores, below),
    ...(kind === 'upper-bound' && { draws }),
    ...(forwards !== undefined && { forwards }),
    ...informationOf(scores, below),
  })
  return [
    metric('bits-per-character', characters),
    ...(bytes === undefined ? [] : [metric('bits-per-byte', bytes)]),
  ]
}

/**
 * The likelihoods of the rows, which are scored in an order of their own: the draws of a bound are keyed by the row's place, and
 * that must not depend on how the rows came.
 */
async function inCanonicalOrder(
  model: Pick<LanguageModel, 'logLikelihood'>,
  rows: readonly Int32Array[],
  options: LikelihoodOptions,
): Promise<Likelihood[]> {
  const { given } = options
  const keys = rows.map((row, i) => `${row.join()} ${given?.[i].join() ?? ''}`)
  const order = [...rows.keys()].sort((a, b) => (keys[a] < keys[b] ? -1 : keys[a] > keys[b] ? 1 : a - b))
  const scored = await model.logLikelihood(
    order.map((i) => rows[i]),
    given === undefined ? options : { ...options, given: order.map((i) => given[i]) },
  )
  const scores = new Array<Likelihood>(rows.length)
  order.forEach((i, place) => {
    scores[i] = scored[place]
  })
  return scores
}

function partsOf(scores: readonly Likelihood[], below: readonly number[]): Pick<Metric, 'parts'> {
  const total = below.reduce((sum, count) => sum + count, 0)
  const parts: Record<string, number> = {}
  for (const score of scores)
    for (const [name, nats] of Object.entries(score.parts ?? {}))
      parts[name] = (parts[name] ?? 0) + nats / Math.LN2 / total
  return Object.keys(parts).length > 0 ? { parts } : {}
}

/** Bins of an information curve: of equal numbers of draws, so that the curve is fine where the draws are dense. */
const informationBins = 24

/** Bits a unit of γ: in each bin Σ over draws of the row's nats, over Σ of its characters. */
function informationOf(scores: readonly Likelihood[], below: readonly number[]): Pick<Metric, 'information'> {
  const draws = scores
    .flatMap(({ information = [] }, r) =>
      information.map(({ gamma, nats }) => ({ gamma, bits: nats / Math.LN2, below: below[r] })),
    )
    .sort((a, b) => a.gamma - b.gamma)
  if (draws.length === 0) return {}
  const size = Math.ceil(draws.length / informationBins)
  const information: { gamma: number; value: number }[] = []
  for (let from = 0; from < draws.length; from += size) {
    const bin = draws.slice(from, from + size)
    const total = (of: (draw: (typeof bin)[number]) => number): number =>
      bin.reduce((sum, draw) => sum + of(draw), 0)
    information.push({
      gamma: Number((total(({ gamma }) => gamma) / bin.length).toFixed(4)),
      value: Number((total(({ bits }) => bits) / total((draw) => draw.below)).toPrecision(5)),
    })
  }
  return { information }
}
