/** @file From samples to medians, intervals, speed ratios, shares of the peak and goals. */
import { type BreakEven, bootstrap, breakEvenForwards, percentiles } from '@trivium/evaluation'
import { trainingFlops } from './network.ts'
import {
  cpuEngines,
  crossoverLines,
  decodedLength,
  type Goal,
  goals,
  gpuEngines,
  type Line,
  type MethodName,
  methodNames,
} from './plan.ts'

/** Values by round; a method that cannot answer, or is too slow for this line, is absent. */
export type Samples = Partial<Record<MethodName, number[]>>
export type Measured = { readonly line: Line; readonly samples: Samples }
export type Figure = { readonly value: number; readonly interval: readonly [number, number] | null }

export const median = (values: readonly number[]): number => percentiles(values).p50

/** Median with the 95% percentile bootstrap over the rounds. */
export function figure(values: readonly number[]): Figure {
  return {
    value: median(values),
    interval: bootstrap(values.length, (drawn) => median(Array.from(drawn, (i) => values[i]))),
  }
}

/** How many times as fast `a` is as `b`: the median over the rounds that both ran. Null when one is absent. */
export function speedRatio({ line, samples }: Measured, a: MethodName, b: MethodName): Figure | null {
  const [ours, theirs] = [samples[a], samples[b]]
  if (ours === undefined || theirs === undefined) return null
  const rounds = Math.min(ours.length, theirs.length)
  const ratios = Array.from({ length: rounds }, (_, r) =>
    line.unit === 'ms' ? theirs[r] / ours[r] : ours[r] / theirs[r],
  )
  return figure(ratios)
}

/** The highest product rate that any method reached on the CPU, GFLOP/s: all have the same threads there. */
export function peakOf(measured: readonly Measured[]): number {
  const rates = measured
    .filter(({ line }) => line.unit === 'GFLOP/s')
    .flatMap(({ samples }) => Object.entries(samples))
    .filter(([name]) => !gpuEngines.includes(name as MethodName))
    .map(([, values]) => median(values))
  return rates.length === 0 ? Number.NaN : Math.max(...rates)
}

/** Share of the peak (model FLOPs utilisation) at so many tokens/s. */
export function utilisation(
  { train }: Line,
  tokensPerSecond: number,
  peak: number,
  extraForwards: number,
): number {
  if (train === undefined) return Number.NaN
  const extra = train.paradigm === 'continuous-diffusion' ? extraForwards : 0
  return (trainingFlops(train.shape, train.length, extra) * tokensPerSecond) / (peak * 1e9)
}

/**
 * NFE* = L·τ_step/τ_forward(L): a diffusion model that writes L tokens in fewer forwards than this is faster than cached
 * autoregressive decoding, of that size at that batch.
 */
export type Crossover = {
  readonly label: string
  readonly batch: number
  readonly length: number
  readonly method: MethodName
} & BreakEven

const toPair = ([low, high]: readonly [number, number]): [number, number] => [low, high]

/** Of every method that ran both lines of a size and batch. */
export function crossovers(measured: readonly Measured[]): Crossover[] {
  const samplesOf = (id: string): Samples => measured.find(({ line }) => line.id === id)?.samples ?? {}
  return crossoverLines.flatMap(({ label, batch, decode, forward: forwardLine }) => {
    const [decoded, passed] = [samplesOf(decode), samplesOf(forwardLine)]
    return methodNames.flatMap((method) => {
      const [rates, times] = [decoded[method], passed[method]]
      if (rates === undefined || times === undefined) return []
      const [rate, forward] = [figure(rates), figure(times)]
      const msText = (tokensPerSecond: number): number => (1000 * batch * decodedLength) / tokensPerSecond
      const ends: [number, number] | null =
        rate.interval === null ? null : [msText(rate.interval[1]), msText(rate.interval[0])]
      const at = { p50: forward.value, ci95: forward.interval === null ? null : toPair(forward.interval) }
      const even = breakEvenForwards({ p50: msText(rate.value), ci95: ends }, { latency: at, nfe: 1 })
      return [{ label, batch, length: decodedLength, method, ...even }]
    })
  })
}

export type GoalResult = { readonly goal: Goal; readonly figure: Figure | null }

/** Every goal with its figure, or null where the run did not measure it. */
export function goalResults(measured: readonly Measured[]): GoalResult[] {
  const peak = peakOf(measured)
  return goals.map((goal) => {
    const found = measured.find(({ line }) => line.id === goal.line)
    if (found === undefined) return { goal, figure: null }
    const candidates: readonly MethodName[] = goal.method === 'best' ? cpuEngines : [goal.method]
    const figures = candidates.flatMap((method) => {
      const result = against(found, method, goal, peak)
      return result === null || !Number.isFinite(result.value) ? [] : [result]
    })
    figures.sort((a, b) => b.value - a.value)
    return { goal, figure: figures[0] ?? null }
  })
}

function against(measured: Measured, method: MethodName, { over }: Goal, peak: number): Figure | null {
  if (over !== 'peak') return speedRatio(measured, method, over)
  const values = measured.samples[method]
  return values === undefined ? null : figure(values.map((v) => utilisation(measured.line, v, peak, 0)))
}
