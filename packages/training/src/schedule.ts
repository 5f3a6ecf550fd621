/** @file Learning rate over a run: linear warm-up, then a cosine (Loshchilov & Hutter 2017, 1608.03983). */

export type RateSchedule = {
  peak: number
  warmupSteps: number
  totalSteps: number /** rate at the end as a share of the peak */
  finalRate: number
}

/** The rate of step 1 … totalSteps. Step 1 is already above zero; the last step has `finalRate·peak`. */
export function learningRate(
  step: number,
  { peak, warmupSteps, totalSteps, finalRate }: RateSchedule,
): number {
  if (step <= warmupSteps) return (peak * step) / warmupSteps
  const progress = Math.min(1, (step - warmupSteps) / Math.max(1, totalSteps - warmupSteps))
  return peak * (finalRate + (1 - finalRate) * 0.5 * (1 + Math.cos(Math.PI * progress)))
}

/** Decay of the averaged weights at a step: early averages forget faster, so that short runs are not dragged to the start. */
export function emaDecay(step: number, limit: number): number {
  return Math.min(limit, (1 + step) / (10 + step))
}
