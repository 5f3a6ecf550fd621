/** @file How much of a difference a gate lets pass, and how sure it has to be of the rest. */
import { type MetricName, metricTable } from '@trivium/schema'

/** Of the baseline's value: a smaller difference is none that anybody would act on. */
const usual = 0.05
/** Likelihoods are measured far more exactly than texts. */
const ofBounds = 0.02
/** A share differs by so many of its points, wherever it stands. */
const ofShares = 0.05

/** By metric, as shares of the baseline's value; they replace the usual ones. */
export type Tolerances = Readonly<Partial<Record<MetricName | 'nfe', number>>>

/** The difference that passes, in the unit of the metric. */
export function toleranceOf(name: MetricName, baseline: number, own: Tolerances): number {
  const share = own[name]
  if (share !== undefined) return share * Math.abs(baseline)
  const { unit, bound } = metricTable[name]
  if (unit === 'share') return ofShares
  return (bound === true ? ofBounds : usual) * Math.abs(baseline)
}

/** NFE of a sampler that adapts to the row varies with the texts; any other is a count. */
export const nfeTolerance = (nfe: number, adaptive: boolean, own: Tolerances): number =>
  (own.nfe ?? (adaptive ? 0.1 : 1e-6)) * nfe

/** The chance that any of all intervals misses its zero when nothing has changed. */
const familyAlpha = 0.01

/** By what a 95% interval is widened to be one of `count` that hold together (Bonferroni, normal errors). */
export const simultaneous = (count: number): number =>
  Math.max(1, upperNormal(familyAlpha / (2 * Math.max(1, count))) / 1.959963984540054)

/** The normal quantile that is exceeded with probability p ≤ 0.5 (Abramowitz & Stegun 26.2.23, within 4.5e-4). */
function upperNormal(p: number): number {
  const t = Math.sqrt(-2 * Math.log(p))
  const above = 2.515517 + 0.802853 * t + 0.010328 * t ** 2
  return t - above / (1 + 1.432788 * t + 0.189269 * t ** 2 + 0.001308 * t ** 3)
}
