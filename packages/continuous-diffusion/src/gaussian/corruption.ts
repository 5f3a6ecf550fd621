/** @file What a training batch is corrupted with, drawn on the host: noise levels, pinned spans, noise. Pure. */
import { freeCounts, type LossContext, type TokenBatch } from '@trivium/language-model'
import type { Rng } from '@trivium/random'
import type { ContinuousOptions } from '@trivium/schema'
import { alphaOf, type NoiseSchedule, sigmaOf } from './process.ts'

/** Share of rows that estimate CE(γ₀) when the bound is the objective. */
export const reconstructionShare: number = 1 / 8

export type Corruption = {
  /** Noise level of the free positions of each row [B]. */
  readonly rowGamma: Float64Array
  /** Noise level by position [B·L]; gammaMin where pinned, gammaMax where that was dropped. */
  readonly gamma: Float32Array
  /** 1: noisy and scored; 0: given or pinned, and clean [B·L]. */
  readonly free: Uint8Array
  /** What the summed nats of each row are divided by [B]. */
  readonly divisor: Float64Array
  /** Rows that a span was pinned in at random [B]. */
  readonly pinned: Uint8Array
  /** Rows that see pure noise at gammaMax where text is given or pinned [B]. */
  readonly dropped: Uint8Array
  /** α by position and coordinate [B·L·d]; 0 where a condition is dropped. */
  readonly alpha: Float32Array
  /** σ·ε [B·L·d]; 0 where pinned, ε where a condition is dropped. */
  readonly noise: Float32Array
  /** Rows of the bound's reconstruction term [B]; none under cross-entropy. */
  readonly reconstruction: Uint8Array
}

/**
 * Keyed by (seed, step, row of the whole optimiser step), so micro-batches of any size see the same noise. γ is
 * stratified: quantiles of (offset + row/rows) mod 1 with one offset a step.
 *
 * Rows with given positions are conditional as the data say, so nothing is pinned at random in a batch that has any, and
 * its loss is the contract's mean over rows. Without any all free tokens of the optimiser step weigh alike.
 */
export function drawCorruption(
  rows: Pick<TokenBatch, 'batch' | 'length' | 'given'>,
  { rng, rowOffset, totalRows }: LossContext,
  schedule: NoiseSchedule,
  options: Pick<ContinuousOptions, 'embeddingDim' | 'objective' | 'pinnedProbability' | 'conditionDropout'>,
): Corruption {
  const { batch, length, given } = rows
  const d = options.embeddingDim
  const freeOf = (row: number): Uint8Array =>
    drawFree(length, rng.fork('pin', row), options.pinnedProbability)
  const out = {
    rowGamma: new Float64Array(batch),
    gamma: new Float32Array(batch * length),
    free: new Uint8Array(batch * length),
    divisor: divisors(rows, totalRows, freeOf),
    pinned: new Uint8Array(batch),
    dropped: new Uint8Array(batch),
    alpha: new Float32Array(batch * length * d),
    noise: new Float32Array(batch * length * d),
    reconstruction: new Uint8Array(batch),
  }
  const offset = rng.fork('gamma').uniform()
  const phase = rng.fork('reconstruction').uniform()
  for (let b = 0; b < batch; b++) {
    const row = rowOffset + b
    const scored = options.objective === 'vlb' && isReconstruction(row, phase)
    const gamma = scored ? schedule.gammaMin : schedule.quantile((offset + row / totalRows) % 1)
    out.reconstruction[b] = scored ? 1 : 0
    out.rowGamma[b] = gamma
    const free =
      given === undefined
        ? freeOf(row)
        : given.subarray(b * length, (b + 1) * length).map((flag) => (flag === 0 ? 1 : 0))
    out.pinned[b] = given === undefined && free.includes(0) ? 1 : 0
    const dropped = isDropped(rng.fork('drop', row), options.conditionDropout)
    out.dropped[b] = dropped ? 1 : 0
    const condition = dropped
      ? { level: schedule.gammaMax, alpha: 0, sigma: 1 }
      : { level: schedule.gammaMin, alpha: alphaOf(schedule.gammaMin), sigma: 0 }
    const noisy = { level: gamma, alpha: alphaOf(gamma), sigma: sigmaOf(gamma) }
    const normals = rng.fork('noise', row).normals(length * d)
    for (let l = 0; l < length; l++) {
      const { level, alpha, sigma } = free[l] === 1 ? noisy : condition
      const i = b * length + l
      out.free[i] = free[l]
      out.gamma[i] = level
      out.alpha.fill(alpha, i * d, (i + 1) * d)
      if (sigma > 0) for (let k = 0; k < d; k++) out.noise[i * d + k] = sigma * normals[l * d + k]
    }
  }
  return out
}

/**
 * Rows share the step's free tokens alike, a micro-batch its part of them; with given positions every row divides by its
 * own number and the rows by theirs.
 */
function divisors(
  rows: Pick<TokenBatch, 'batch' | 'length' | 'given'>,
  totalRows: number,
  freeOf: (row: number) => Uint8Array,
): Float64Array {
  const { batch, given } = rows
  if (given !== undefined) return Float64Array.from(freeCounts(rows), (count) => batch * count)
  let free = 0
  for (let row = 0; row < totalRows; row++) free += freeOf(row).reduce((a, b) => a + b, 0)
  return new Float64Array(batch).fill(free * (batch / totalRows))
}

const isDropped = (rng: Rng, probability: number): boolean => probability > 0 && rng.uniform() < probability

/** Systematic sampling: every eighth row, from a random phase, so each row is drawn with probability 1/8. */
export function isReconstruction(row: number, phase: number): boolean {
  return Math.floor((row + 1) * reconstructionShare + phase) > Math.floor(row * reconstructionShare + phase)
}

/**
 * 1 where free. With the given probability a prefix, a suffix, both (an infill) or a span is pinned; at least one
 * position stays free.
 */
export function drawFree(length: number, rng: Rng, probability: number): Uint8Array {
  const free = new Uint8Array(length).fill(1)
  const [coin, kind, u, v] = rng.uniforms(4)
  if (length < 2 || coin >= probability) return free
  const size = 1 + Math.floor(u * (length - 1)) // 1 … L − 1
  const start = Math.floor(v * (length - size + 1)) // 0 … L − size
  if (kind < 0.25) return free.fill(0, 0, size)
  if (kind < 0.5) return free.fill(0, length - size)
  if (kind < 0.75) return free.fill(0, start, start + size)
  return free.fill(0).fill(1, start, start + size)
}
