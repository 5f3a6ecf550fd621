/**
 * @file What a training batch feeds the network: corrupted tokens and one weight a position. Drawn on the host, so
 * that every engine trains on the same noise.
 */
import { freeCounts, type LossContext, type TokenBatch } from '@trivium/language-model'
import type { MaskedOptions } from '@trivium/schema'
import { type AbsorbingProcess, stratifiedTime } from './process.ts'

/** Largest weight of `clipped`. */
const clipAt = 10

/**
 * Weight of one masked token at time t, before the division by B·L:
 * - `elbo`: −α′/(1−α), so that the loss is the NELBO in nats a token (MDLM §3.4; LLaDA 2502.09992 eq. 3);
 * - `flat`: every masked token alike. Divided by the expected masked share, so that the loss reads as nats a masked token
 *   and its size does not depend on the schedule;
 * - `clipped`: min(elbo, 10).
 */
export function trainingWeight(
  process: AbsorbingProcess,
  weighting: MaskedOptions['weighting'],
  t: number,
): number {
  if (weighting === 'flat') return 1 / process.meanMasked
  return weighting === 'elbo' ? process.weight(t) : Math.min(process.weight(t), clipAt)
}

/** Row-major [B·L]. */
export type CorruptedBatch = { readonly inputs: Int32Array; readonly weights: Float32Array }

/**
 * Corrupts a batch and weights its positions; loss = Σ weight · −log p(token). Given positions stay visible.
 *
 * Times are stratified over the whole optimiser step, (u + i)/totalRows: strata for each micro-batch alone would give
 * the variance back. Weights divide by the B rows and by ALL tokens of a row that are not given: dividing by the masked
 * count would silently drop 1/t. Visible positions weigh 0: under SUBS (MDLM §3.2.3) they are carried over with probability 1 and cost nothing.
 */
export function corruptBatch(
  rows: TokenBatch,
  { rng, rowOffset, totalRows }: Pick<LossContext, 'rng' | 'rowOffset' | 'totalRows'>,
  process: AbsorbingProcess,
  weighting: MaskedOptions['weighting'],
  mask: number,
): CorruptedBatch {
  const { tokens, batch, length, given } = rows
  const counts = freeCounts(rows)
  const inputs = new Int32Array(batch * length)
  const weights = new Float32Array(batch * length)
  const u = rng.fork('time').uniform()
  for (let b = 0; b < batch; b++) {
    const row = rowOffset + b
    const t = stratifiedTime(u, row, totalRows)
    const clean = tokens.subarray(b * length, (b + 1) * length)
    const noisy = process.corrupt(clean, t, rng.fork('mask', row).uniforms(length), mask)
    const weight = trainingWeight(process, weighting, t) / (batch * counts[b])
    for (let l = 0; l < length; l++) {
      const i = b * length + l
      const masked = noisy[l] === mask && given?.[i] !== 1
      inputs[i] = masked ? mask : clean[l]
      weights[i] = masked ? weight : 0
    }
  }
  return { inputs, weights }
}
