/**
 * @file Remasking (ReMDM 2503.00307): the masked process with a posterior that takes written tokens back with probability σ,
 * so that what was written early can be mended. σ = 0 is ancestral sampling.
 */
import type { AbsorbingProcess } from '../absorbing.ts'
import type { MaskedSampler, Step, Write } from './blockwise.ts'

/** How much is taken back: §4 of the paper. */
export const remaskStrategies = ['cap', 'rescale', 'confidence', 'loop'] as const
export type RemaskStrategy = (typeof remaskStrategies)[number]

export type RemaskOptions = {
  readonly steps: number
  readonly blockLength?: number
  readonly strategy: RemaskStrategy
  readonly eta: number
  /** Of `loop`: it remasks between these times, at this share of clean tokens. */
  readonly tOn: number
  readonly tOff: number
  readonly alphaOn: number
}

/** α at the two ends of a step, from α_t up to α_s, and the probability that a written token goes back. */
export type RemaskStep = { readonly alphaT: number; readonly alphaS: number; readonly sigma: number }

/** min(1, (1−α_s)/α_t): the largest σ that leaves the posterior a distribution (eq. 7). */
export const sigmaMax = (alphaS: number, alphaT: number): number => Math.min(1, (1 - alphaS) / alphaT)

/** p(unmask) = (α_s − (1−σ)·α_t)/(1−α_t) of a masked position (eq. 6). */
export function unmaskProbability({ alphaT, alphaS, sigma }: RemaskStep): number {
  return Math.min(1, (alphaS - (1 - sigma) * alphaT) / (1 - alphaT))
}

/**
 * Step `index` of `of`, equal in time. `loop` spends its first part as ancestral sampling up to α_on, holds α_on while it
 * writes and takes back (σ = η·σ_max), and then goes on to the end.
 */
export function remaskStep(
  { strategy, eta, tOn, tOff, alphaOn }: RemaskOptions,
  process: Pick<AbsorbingProcess, 'alpha'>,
  index: number,
  of: number,
): RemaskStep {
  const [t, s] = [1 - (index - 1) / of, 1 - index / of]
  const alpha = strategy === 'loop' ? loopAlpha({ tOn, tOff, alphaOn }, process) : process.alpha
  const [alphaT, alphaS] = [alpha(t), alpha(s)]
  const most = sigmaMax(alphaS, alphaT)
  switch (strategy) {
    case 'cap':
      return { alphaT, alphaS, sigma: Math.min(eta, most) }
    case 'rescale':
      return { alphaT, alphaS, sigma: eta * most }
    case 'confidence':
      return { alphaT, alphaS, sigma: eta * most }
    case 'loop':
      return { alphaT, alphaS, sigma: s >= tOff && t <= tOn ? eta * most : 0 }
    default:
      return strategy satisfies never
  }
}

/** The process squeezed into t > t_on and t < t_off; between them α stays at α_on. */
function loopAlpha(
  { tOn, tOff, alphaOn }: Pick<RemaskOptions, 'tOn' | 'tOff' | 'alphaOn'>,
  { alpha }: Pick<AbsorbingProcess, 'alpha'>,
): (t: number) => number {
  const last = alpha(1)
  return (t) => {
    if (t > tOn) return last + ((alphaOn - last) * (1 - t)) / (1 - tOn)
    if (t >= tOff) return alphaOn
    return alphaOn + ((1 - alphaOn) * (tOff - t)) / tOff
  }
}

/**
 * Written tokens go back to MASK before the forward of the step that follows, so they are drawn anew from a canvas without
 * them. NFE ≤ S: a step that draws nothing needs no forward. The last step writes all that is left.
 */
export function remask(options: RemaskOptions, process: Pick<AbsorbingProcess, 'alpha'>): MaskedSampler {
  return {
    blockLength: options.blockLength,
    revises: true,
    stepsOf: (sizes) => sizes.map(() => options.steps),
    *choose(step) {
      const { open, index, of, uniforms, draw } = step
      const now = remaskStep(options, process, index, of)
      const taken = takenBack(step, now, options.strategy)
      const u = uniforms('unmask')
      // Under `confidence` a masked position has σ = 0 (its ψ is ∞).
      const probability = unmaskProbability(options.strategy === 'confidence' ? { ...now, sigma: 0 } : now)
      const chosen = index === of ? open : open.filter((i) => u[i] < probability)
      const written = chosen.length === 0 ? [] : draw(chosen, yield)
      return [...written, ...taken]
    },
  }
}

/** Written positions that go back to MASK. */
function takenBack(
  { row, positions, open, uniforms, mask }: Step,
  { sigma }: RemaskStep,
  strategy: RemaskStrategy,
): Write[] {
  if (sigma <= 0) return []
  const masked = new Set(open)
  const written = positions.filter((position) => !masked.has(position))
  const shares = strategy === 'confidence' ? doubt(written.map((i) => row.confidence[i])) : null
  const u = uniforms('remask')
  return written
    .filter((position, k) => u[position] < (shares === null ? sigma : sigma * shares[k]))
    .map((position) => ({ position, token: mask, confidence: 0 }))
}

/** softmax(−p) over the written positions: η of ReMDM-conf (§4.1). */
export function doubt(confidences: readonly number[]): number[] {
  const masses = confidences.map((p) => Math.exp(-p))
  const total = masses.reduce((sum, mass) => sum + mass, 0)
  return masses.map((mass) => mass / total)
}
