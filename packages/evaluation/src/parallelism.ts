/** @file What parallelism is worth: accuracy under parallelism, tokens a forward at an accuracy, and the forwards that tie with AR. */
import type { Latency, Metric, Point } from '@trivium/schema'

/** A setting: tokens written per forward ρ, and its accuracy, a share. */
export type ParallelPoint = { readonly tokensPerForward: number; readonly accuracy: number }

/** α of the weight, and the loss of accuracy in percentage points below which a setting does not count (d3LLM 2601.07568). */
const [alpha, tolerance] = [3, 5]

/**
 * Accuracy under parallelism (AUP, d3LLM 2601.07568): ρ₁y₁ + Σ (ρᵢ − ρᵢ₋₁)(yᵢW(yᵢ) + yᵢ₋₁W(yᵢ₋₁))/2 with y in percent, ρ ascending
 * and W(y) = min(e^(−α(1 − y/y_max)), 1). Settings more than 5 points below the slowest one are left out of the area.
 * @param best y_max: the highest accuracy of any method on the task, a share
 * @returns null without a setting, or where nothing is ever right
 */
export function accuracyUnderParallelism(points: readonly ParallelPoint[], best: number): number | null {
  const sorted = points.toSorted((a, b) => a.tokensPerForward - b.tokensPerForward)
  if (sorted.length === 0 || !(best > 0)) return null
  const percent = ({ accuracy }: ParallelPoint): number => 100 * accuracy
  const least = percent(sorted[0]) - tolerance
  const counted = sorted.filter((point) => percent(point) >= least)
  const weighted = (point: ParallelPoint): number =>
    percent(point) * Math.min(Math.exp(-alpha * (1 - point.accuracy / best)), 1)
  let area = counted[0].tokensPerForward * percent(counted[0])
  for (let i = 1; i < counted.length; i++) {
    const width = counted[i].tokensPerForward - counted[i - 1].tokensPerForward
    area += (width * (weighted(counted[i]) + weighted(counted[i - 1]))) / 2
  }
  return area
}

/** The most tokens a forward among the settings that are right at least so often; null when none is. */
export function tokensPerForwardAt(points: readonly ParallelPoint[], least: number): number | null {
  const able = points.filter(({ accuracy }) => accuracy >= least)
  return able.length === 0 ? null : Math.max(...able.map(({ tokensPerForward }) => tokensPerForward))
}

const valueOf = (quality: readonly Metric[], name: Metric['name']): number | undefined =>
  quality.find((metric) => metric.name === name)?.value

/** What a point says of both; null where it is not about answers. */
export function parallelPoint({ quality }: Pick<Point, 'quality'>): ParallelPoint | null {
  const [accuracy, tokensPerForward] = [valueOf(quality, 'accuracy'), valueOf(quality, 'tokens-per-forward')]
  return accuracy === undefined || tokensPerForward === undefined ? null : { accuracy, tokensPerForward }
}

/** A text by time and by forwards. */
export type TimedText = { readonly latency: Pick<Latency, 'p50' | 'ci95'>; readonly nfe: number }
export type BreakEven = { readonly nfe: number; readonly ci95: readonly [number, number] | null }

/**
 * NFE* = τ_AR(text) / τ_forward: so many forwards take as long as AR takes for the text (L·τ_AR-step / τ_forward(L)); with fewer,
 * diffusion is faster. The interval joins the ends of both medians', and is null where one has none.
 */
export function breakEvenForwards(ar: TimedText['latency'], diffusion: TimedText): BreakEven {
  const forward = diffusion.latency.p50 / diffusion.nfe
  const [own, other] = [ar.ci95, diffusion.latency.ci95]
  const ends = own === null || other === null ? null : ([own[0] / other[1], own[1] / other[0]] as const)
  return {
    nfe: ar.p50 / forward,
    ci95: ends === null ? null : [ends[0] * diffusion.nfe, ends[1] * diffusion.nfe],
  }
}
