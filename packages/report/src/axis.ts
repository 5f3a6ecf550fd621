/** @file Axis ends and ticks as plain numbers: linear, powers of two for steps, 1-2-5 decades for milliseconds. */
import type { Axis } from './figure.ts'

/** Nothing measured here is this small; what is counts as zero. */
const tiny = 1e-12

/** A linear axis around the values, with 4 to 7 round ticks. `zero` keeps 0 in view; of differences both sides of it. */
export function linearAxis(
  label: string,
  values: readonly number[],
  zero = false,
  differences = false,
): Axis {
  const finite = values.filter(Number.isFinite)
  let low = Math.min(...finite)
  let high = Math.max(...finite)
  if (finite.length === 0) [low, high] = [0, 1]
  if (zero) low = Math.min(0, low)
  // Values that differ only in their last bits would ask for ticks finer than a double can count.
  const size = Math.max(Math.abs(low), Math.abs(high))
  const span = size < tiny ? 1 : high - low > 1e-6 * size ? high - low : size
  low -= zero && low === 0 ? 0 : 0.08 * span
  high += 0.08 * span
  // A quantity that is never negative gets no negative axis.
  if (!differences && finite.every((v) => v >= 0)) low = Math.max(0, low)
  const step = niceStep((high - low) / 5)
  const ticks: number[] = []
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) ticks.push(round(k * step))
  return { label, scale: 'linear', min: low, max: high, ticks }
}

/** A log axis with ticks at powers of two, for step counts. Values must be positive; others are ignored. */
export function log2Axis(label: string, values: readonly number[]): Axis {
  const [low, high] = positiveRange(values)
  const [min, max] = [low / 1.3, high * 1.3]
  const ticks: number[] = []
  for (let k = Math.ceil(Math.log2(min)); 2 ** k <= max; k++) if (2 ** k >= min) ticks.push(2 ** k)
  return { label, scale: 'log', min, max, ticks }
}

/** A log axis for milliseconds: ticks at 1, 2, 5 of each decade, 1 only above three decades, all digits in a short span. */
export function log10Axis(label: string, values: readonly number[]): Axis {
  const [low, high] = positiveRange(values)
  const [min, max] = [low / 1.35, high * 1.35]
  const decades = Math.log10(max / min)
  const digits = decades > 3 ? [1] : decades > 0.6 ? [1, 2, 5] : [1, 2, 3, 4, 5, 6, 7, 8, 9]
  const ticks: number[] = []
  for (let k = Math.floor(Math.log10(min)); 10 ** k <= max; k++)
    for (const digit of digits) {
      const v = round(digit * 10 ** k)
      if (v >= min && v <= max) ticks.push(v)
    }
  return { label, scale: 'log', min, max, ticks }
}

function positiveRange(values: readonly number[]): [number, number] {
  const positive = values.filter((v) => Number.isFinite(v) && v >= tiny)
  return positive.length === 0 ? [1, 10] : [Math.min(...positive), Math.max(...positive)]
}

function niceStep(raw: number): number {
  const power = 10 ** Math.floor(Math.log10(raw))
  const unit = raw / power
  return power * (unit <= 1 ? 1 : unit <= 2 ? 2 : unit <= 2.5 ? 2.5 : unit <= 5 ? 5 : 10)
}

/** Cuts the binary dust of k · step: 0.30000000000000004 reads 0.3. */
function round(value: number): number {
  return Number(value.toPrecision(12))
}
