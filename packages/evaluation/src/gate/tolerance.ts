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

/** NFE that differ from text to text vary with the texts; any other is a count. */
export const nfeTolerance = (nfe: number, varies: boolean, own: Tolerances): number =>
  (own.nfe ?? (varies ? 0.1 : 1e-6)) * nfe

/** The chance that any of all intervals misses its zero when nothing has changed. */
export const familyAlpha = 0.01
