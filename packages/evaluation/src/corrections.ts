/** @file What a correction repairs and breaks, and whether the model can tell an error at all. */
import type { LanguageModel, LikelihoodOptions } from '@trivium/language-model'
import type { Metric } from '@trivium/schema'
import { groupsOf, metricOf, ratio, setStatistic, share } from './metrics/measure.ts'
import { meanRanks } from './statistics/spearman.ts'

/** Three texts of one length, position by position: structurally the `Edits` of the tasks package. */
export type Edits = { readonly original: string; readonly wanted: string; readonly written: string }

/** Counts of positions of one text. */
type Counts = {
  readonly wrong: number
  readonly repaired: number
  readonly right: number
  readonly broken: number
}

function countsOf({ original, wanted, written }: Edits): Counts {
  const counts = { wrong: 0, repaired: 0, right: 0, broken: 0 }
  for (let i = 0; i < wanted.length; i++) {
    const [was, is] = [original[i] === wanted[i], written[i] === wanted[i]]
    if (was) counts.right++
    else counts.wrong++
    if (was && !is) counts.broken++
    if (!was && is) counts.repaired++
  }
  return counts
}

/**
 * Repairs over errors; breaks over right characters of texts with errors, and over their errors; changes over characters of texts
 * without any. Each text is a cluster. A rate without anything to count is left out.
 */
export function correctionMetrics(task: string, edits: readonly Edits[]): Metric[] {
  const counts = edits.map(countsOf)
  const noisy = counts.filter(({ wrong }) => wrong > 0)
  const clean = counts.filter(({ wrong }) => wrong === 0)
  const rate = (
    name: 'repair-rate' | 'break-rate' | 'false-edit-rate',
    texts: readonly Counts[],
    above: keyof Counts,
    below: keyof Counts,
  ): Metric[] => {
    const trials = texts.map((of) => of[below])
    if (!trials.some((n) => n > 0)) return []
    const hits = texts.map((of) => of[above])
    return [metricOf(task, name, share(hits, trials, groupsOf(texts.length, 'examples')), null)]
  }
  const perError = ratio(
    noisy.map(({ broken }) => broken),
    noisy.map(({ wrong }) => wrong),
    groupsOf(noisy.length, 'examples'),
  )
  return [
    ...rate('repair-rate', noisy, 'repaired', 'wrong'),
    ...rate('break-rate', noisy, 'broken', 'right'),
    ...(noisy.length > 0 ? [metricOf(task, 'breaks-per-error', perError, null)] : []),
    ...rate('false-edit-rate', clean, 'broken', 'right'),
  ]
}

/** A text with its errors, and the text that was meant. */
export type Noisy = { readonly draft: Int32Array; readonly tokens: Int32Array }

/**
 * Area under the ROC curve of −log p(x_i | all others) as a sign of an error, over all positions of the texts (Mann & Whitney
 * 1947); the interval is a jackknife over texts. A forward a position and draw.
 * @returns null where there is no error, or nothing but errors
 */
export async function detectionMetric(
  model: Pick<LanguageModel, 'logLikelihood'>,
  texts: readonly Noisy[],
  { task, ...options }: LikelihoodOptions & { readonly task: string },
): Promise<Metric | null> {
  const scored: { score: number; wrong: boolean }[][] = []
  for (const { draft, tokens } of texts) {
    const positions = Array.from(draft.keys())
    const given = positions.map((i) => Uint8Array.from(draft, (_, l) => (l === i ? 0 : 1)))
    const rows = positions.map(() => draft)
    const found = await model.logLikelihood(rows, { ...options, given })
    scored.push(found.map(({ nats }, i) => ({ score: nats, wrong: draft[i] !== tokens[i] })))
  }
  const area = (some: readonly (typeof scored)[number][]): number => auroc(some.flat())
  if (!Number.isFinite(area(scored))) return null
  return metricOf(task, 'detection-auroc', setStatistic(scored, area, [0, 1]), null)
}

/** P(score of a wrong one > score of a right one) + ½ P(=); NaN where one kind is missing. */
export function auroc(items: readonly { readonly score: number; readonly wrong: boolean }[]): number {
  const ranks = meanRanks(items.map(({ score }) => score))
  const wrong = items.filter((item) => item.wrong).length
  const sum = items.reduce((total, item, i) => total + (item.wrong ? ranks[i] : 0), 0)
  return (sum - (wrong * (wrong + 1)) / 2) / (wrong * (items.length - wrong))
}
