/**
 * @file The learned time warp of CDCD (Dieleman et al. 2022, 2211.15089, §3.4): noise levels are drawn where the
 * cross-entropy changes most, so every step of training and of sampling resolves the same amount of uncertainty.
 */
import { InputError } from '@trivium/schema'
import type { NoiseSchedule } from './process.ts'

/** What a checkpoint keeps of a warp. `crossEntropy` is F_b, nats a token at the centre of each bin. */
export type TimeWarpState = {
  readonly gammaMin: number
  readonly gammaMax: number
  readonly crossEntropy: readonly number[]
}

export interface TimeWarp extends NoiseSchedule {
  /** Moves the bins of these noise levels towards the cross-entropies (nats a token) measured there. */
  update(gammas: ArrayLike<number>, crossEntropies: ArrayLike<number>): void
  toJSON(): TimeWarpState
  /** @throws InputError when the state is of another range or shape. */
  load(state: unknown): void
}

export type TimeWarpOptions = {
  readonly gammaMin: number
  readonly gammaMax: number
  /** F starts as the line from 0 to this, i.e. with a uniform density. */
  readonly maxCrossEntropy: number
  /** 50 by default. */
  readonly bins?: number
  /** Share of the uniform density in the mixture, 0.15 by default: no noise level is ever starved. */
  readonly uniformShare?: number
  /** Rate of the moving average, 0.05 by default. */
  readonly rate?: number
}

/** A warp with F_b ← EMA of the mean cross-entropy in bin b and density ∝ 0.85·ΔF⁺ + 0.15·uniform. */
export function createTimeWarp(options: TimeWarpOptions): TimeWarp {
  const { gammaMin, gammaMax, maxCrossEntropy, bins = 50, uniformShare = 0.15, rate = 0.05 } = options
  const width = (gammaMax - gammaMin) / bins
  const f = Float64Array.from({ length: bins }, (_, b) => (maxCrossEntropy * (b + 0.5)) / bins)
  /** CDF at the bin edges; linear in between. */
  const edges = new Float64Array(bins + 1)
  const rebuild = (): void => cumulate(f, uniformShare, edges)
  const binOf = (gamma: number): number =>
    Math.min(bins - 1, Math.max(0, Math.floor((gamma - gammaMin) / width)))
  rebuild()

  return {
    gammaMin,
    gammaMax,
    quantile(u) {
      const b = lastAtMost(edges, u)
      return gammaMin + width * (b + Math.min(1, (u - edges[b]) / (edges[b + 1] - edges[b])))
    },
    cdf(gamma) {
      const b = binOf(gamma)
      return edges[b] + (edges[b + 1] - edges[b]) * ((gamma - gammaMin) / width - b)
    },
    density(gamma) {
      const b = binOf(gamma)
      return (edges[b + 1] - edges[b]) / width
    },
    update(gammas, crossEntropies) {
      const total = new Float64Array(bins)
      const count = new Int32Array(bins)
      for (let i = 0; i < gammas.length; i++) {
        if (!Number.isFinite(crossEntropies[i])) continue
        total[binOf(gammas[i])] += crossEntropies[i]
        count[binOf(gammas[i])] += 1
      }
      for (let b = 0; b < bins; b++) if (count[b] > 0) f[b] += rate * (total[b] / count[b] - f[b])
      rebuild()
    },
    toJSON: () => ({ gammaMin, gammaMax, crossEntropy: Array.from(f) }),
    load(state) {
      f.set(checkState(state, gammaMin, gammaMax, bins))
      rebuild()
    },
  }
}

/** Bin masses from the increments of F (central differences, positive part) mixed with the uniform, summed up. */
function cumulate(f: Float64Array, uniformShare: number, edges: Float64Array): void {
  const bins = f.length
  const increments = f.map((_, b) => {
    const low = Math.max(0, b - 1)
    const high = Math.min(bins - 1, b + 1)
    return Math.max(0, (f[high] - f[low]) / (high - low))
  })
  const rise = increments.reduce((a, b) => a + b, 0)
  for (let b = 0; b < bins; b++) {
    const learned = rise > 0 ? increments[b] / rise : 1 / bins
    edges[b + 1] = edges[b] + (1 - uniformShare) * learned + uniformShare / bins
  }
  // The sum is 1 up to rounding; exactly 1 keeps quantile(1) inside the range.
  const total = edges[bins]
  for (let b = 1; b <= bins; b++) edges[b] /= total
}

/** Largest bin b with edges[b] ≤ u, at most bins − 1. */
function lastAtMost(edges: Float64Array, u: number): number {
  let low = 0
  let high = edges.length - 2
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (edges[middle] <= u) low = middle
    else high = middle - 1
  }
  return low
}

function checkState(state: unknown, gammaMin: number, gammaMax: number, bins: number): readonly number[] {
  const { gammaMin: min, gammaMax: max, crossEntropy } = (state ?? {}) as Partial<TimeWarpState>
  if (min !== gammaMin || max !== gammaMax)
    throw new InputError(
      `the saved time warp covers γ from ${min} to ${max}, the model ${gammaMin} to ${gammaMax}; use the options that it was trained with`,
    )
  if (
    !Array.isArray(crossEntropy) ||
    crossEntropy.length !== bins ||
    !crossEntropy.every((x) => Number.isFinite(x))
  )
    throw new InputError(
      `the saved time warp does not hold ${bins} finite cross-entropies; the checkpoint's manifest is damaged`,
    )
  return crossEntropy
}
