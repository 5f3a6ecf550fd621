/** @file Fixed noise schedules, each a closed form truncated to [gammaMin, gammaMax], behind one interface. */
import { type ContinuousOptions, InputError } from '@trivium/schema'
import { type NoiseSchedule, sigmoid, softplus } from './process.ts'
import { createTimeWarp } from './warp.ts'

/** Diffusion time t as a function of γ on (0, 1), its inverse and its derivative, before truncation. */
type Curve = { time(gamma: number): number; gamma(time: number): number; slope(gamma: number): number }

/** α² = cos²(πt/2) (Nichol & Dhariwal 2021, 2102.09672, without its offset). */
const cosine: Curve = {
  time: (gamma) => (2 / Math.PI) * Math.atan(Math.exp(gamma / 2)),
  gamma: (time) => 2 * Math.log(Math.tan((Math.PI / 2) * time)),
  slope: (gamma) => Math.sqrt(sigmoid(gamma) * sigmoid(-gamma)) / Math.PI,
}

const betaMin = 0.1
const betaMax = 20
/** −ln α² = ½(β_max − β_min)t² + β_min·t: DDPM's linear β in continuous time (Song et al. 2021, 2011.13456). */
const linearBeta: Curve = {
  time: (gamma) =>
    (Math.sqrt(betaMin ** 2 + 2 * (betaMax - betaMin) * softplus(gamma)) - betaMin) / (betaMax - betaMin),
  gamma: (time) => Math.log(Math.expm1(0.5 * (betaMax - betaMin) * time ** 2 + betaMin * time)),
  slope: (gamma) => sigmoid(gamma) / Math.sqrt(betaMin ** 2 + 2 * (betaMax - betaMin) * softplus(gamma)),
}

/** α² = 1 − √(t + s) (Diffusion-LM, 2205.14217). The offset s cancels in the truncation, so it is left out. */
const sqrtCurve: Curve = {
  time: (gamma) => sigmoid(gamma) ** 2,
  gamma: (time) => Math.log(Math.sqrt(time)) - Math.log1p(-Math.sqrt(time)),
  slope: (gamma) => 2 * sigmoid(gamma) ** 2 * sigmoid(-gamma),
}

type FixedSchedule = Exclude<ContinuousOptions['schedule'], 'warp'>

const curves: Record<FixedSchedule, Curve> = { cosine, 'linear-beta': linearBeta, sqrt: sqrtCurve }

/**
 * A fixed schedule on [gammaMin, gammaMax].
 * @throws InputError when the range is empty.
 */
export function fixedSchedule(name: FixedSchedule, gammaMin: number, gammaMax: number): NoiseSchedule {
  checkRange(gammaMin, gammaMax)
  const curve = curves[name]
  const from = curve.time(gammaMin)
  const span = curve.time(gammaMax) - from
  return {
    gammaMin,
    gammaMax,
    quantile: (u) => Math.min(gammaMax, Math.max(gammaMin, curve.gamma(from + u * span))),
    cdf: (gamma) => (curve.time(gamma) - from) / span,
    density: (gamma) => curve.slope(gamma) / span,
  }
}

/** γ uniform on [gammaMin, gammaMax]. */
export function uniformSchedule(gammaMin: number, gammaMax: number): NoiseSchedule {
  checkRange(gammaMin, gammaMax)
  const span = gammaMax - gammaMin
  return {
    gammaMin,
    gammaMax,
    quantile: (u) => gammaMin + u * span,
    cdf: (gamma) => (gamma - gammaMin) / span,
    density: () => 1 / span,
  }
}

/** The schedule that `options.schedule` names; a fresh warp starts uniform in γ. */
export function createSchedule(options: ContinuousOptions, textSize: number): NoiseSchedule {
  const { schedule, gammaMin, gammaMax } = options
  checkRange(gammaMin, gammaMax)
  return schedule === 'warp'
    ? createTimeWarp({ gammaMin, gammaMax, maxCrossEntropy: Math.log(textSize) })
    : fixedSchedule(schedule, gammaMin, gammaMax)
}

function checkRange(gammaMin: number, gammaMax: number): void {
  if (!(gammaMin < gammaMax))
    throw new InputError(
      `options.gammaMin ${gammaMin} is not below options.gammaMax ${gammaMax}; γ runs from clean to noise, e.g. -4 to 6`,
    )
}
